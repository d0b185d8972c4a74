using System.CommandLine;
using System.Globalization;
using CompressTasks.Training;

namespace CompressTasks.Tool.CommandLine;

/// <summary><c>--scale</c>, <c>--mean</c> and <c>--std</c>: what is done to stored numbers before the model sees them.</summary>
sealed class PreprocessingOptions
{
    readonly Option<float?> scale = new("--scale")
    {
        Description = "Factor for stored numbers; 1/255 for bytes and 1 for others unless given.",
        HelpName = "FACTOR",
    };
    readonly Option<string?> mean = SharedOptions.Text("--mean", "Subtracted after scaling: one number, or one per channel.", "A,B,C");
    readonly Option<string?> std = SharedOptions.Text("--std", "Divided by after that: one number, or one per channel.", "A,B,C");

    public void AddTo(Command command)
    {
        command.Add(scale);
        command.Add(mean);
        command.Add(std);
    }

    /// <exception cref="UsageException">CMP0101 for lists that are not numbers, or deviations of 0.</exception>
    public Preprocessing Read(ParseResult arguments)
    {
        var deviations = Numbers(std.Name, arguments.GetValue(std));
        if (deviations?.Any(value => value <= 0) == true) throw new UsageException("--std must be above 0.");
        return new Preprocessing(arguments.GetValue(scale), Numbers(mean.Name, arguments.GetValue(mean)), deviations);
    }

    static float[]? Numbers(string option, string? text)
    {
        if (text is null) return null;
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var numbers = new float[parts.Length];
        return parts.Index().All(part => float.TryParse(part.Item, NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[part.Index]) && float.IsFinite(numbers[part.Index]))
            ? numbers
            : throw new UsageException($"{option} '{text}' is not a list of numbers.", $"Write for example {option} 0.4914,0.4822,0.4465.");
    }
}
