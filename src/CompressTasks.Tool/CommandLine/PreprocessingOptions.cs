using System.CommandLine;
using System.Globalization;
using CompressTasks.Training;

namespace CompressTasks.Tool.CommandLine;

/// <summary><c>--resize</c>, <c>--crop</c>, <c>--layout</c>, <c>--scale</c>, <c>--mean</c> and <c>--std</c>: what is done to samples before the model sees them.</summary>
sealed class PreprocessingOptions
{
    readonly Option<float?> scale = new("--scale")
    {
        Description = "Factor for stored numbers; 1/255 for bytes and 1 for others unless given.",
        HelpName = "FACTOR",
    };
    readonly Option<string?> mean = SharedOptions.Text("--mean", "Subtracted after scaling: one number, or one per channel.", "A,B,C");
    readonly Option<string?> std = SharedOptions.Text("--std", "Divided by after that: one number, or one per channel.", "A,B,C");

    readonly Option<string?> resize = SharedOptions.Text("--resize", "Size that images are brought to, or their shorter side.", "HxW");
    readonly Option<string?> crop = SharedOptions.Text("--crop", "Size of the middle that is kept after that.", "HxW");
    readonly Option<ImageLayout?> layout = new("--layout")
    {
        Description = "Order of a stored image's axes, where it cannot be seen: nchw, nhwc.",
        HelpName = "nchw|nhwc",
        CustomParser = result =>
        {
            if (result.Tokens[0].Value is "nchw") return ImageLayout.Nchw;
            if (result.Tokens[0].Value is "nhwc") return ImageLayout.Nhwc;
            result.AddError($"'{result.Tokens[0].Value}' is no layout; it is nchw or nhwc.");
            return null;
        },
    };

    public void AddTo(Command command)
    {
        command.Add(resize);
        command.Add(crop);
        command.Add(layout);
        command.Add(scale);
        command.Add(mean);
        command.Add(std);
    }

    /// <exception cref="UsageException">CMP0101 for lists that are not numbers, or deviations of 0.</exception>
    public Preprocessing Read(ParseResult arguments)
    {
        var deviations = Numbers(std.Name, arguments.GetValue(std));
        if (deviations?.Any(value => value <= 0) == true) throw new UsageException("--std must be above 0.");
        return new Preprocessing(arguments.GetValue(scale), Numbers(mean.Name, arguments.GetValue(mean)), deviations)
        {
            Resize = Lengths(resize.Name, arguments.GetValue(resize), fewest: 1),
            Crop = Lengths(crop.Name, arguments.GetValue(crop), fewest: 2),
            Layout = arguments.GetValue(layout),
        };
    }

    static int[]? Lengths(string option, string? text, int fewest)
    {
        if (text is null) return null;
        var parts = text.Split('x');
        var lengths = new int[parts.Length];
        return parts.Length >= fewest && parts.Length <= 2 && parts.Index().All(part => int.TryParse(part.Item, NumberStyles.None, CultureInfo.InvariantCulture, out lengths[part.Index]) && lengths[part.Index] > 0)
            ? lengths
            : throw new UsageException($"{option} '{text}' is not a size in pixels.", $"Write for example {option} 32x32.");
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
