using System.CommandLine;
using CompressTasks.Profiling;

namespace CompressTasks.Tool.CommandLine;

/// <summary>Arguments and options that several commands have, described alike everywhere.</summary>
static class SharedOptions
{
    public static Argument<string> Model(string description = "The ONNX model.") => new("MODEL") { Description = description };

    public static Option<string[]> Shape() => new("--shape")
    {
        Description = "An input's shape, such as input=1x3x224x224. Dynamic axes are 1 otherwise. May be repeated.",
        HelpName = "NAME=SHAPE",
        DefaultValueFactory = _ => [],
    };

    public static Option<string[]> Teachers(string description) => new("--teacher") { Description = description, HelpName = "TEACHER.onnx", DefaultValueFactory = _ => [] };

    public static Option<int> Threads() => Positive("--threads", "Threads that one operator may use.", 1);

    public static Option<int> Seed() =>
        new("--seed") { Description = "Seed of everything that is random.", HelpName = "N", DefaultValueFactory = _ => 1 };

    public static Option<string?> Output(string description, bool isRequired) =>
        new("--output", "-o") { Description = description, HelpName = "PATH", Required = isRequired };

    public static Option<string?> Text(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName };

    public static Option<int> Positive(string name, string description, int value, params string[] aliases) =>
        Validated(
            new Option<int>(name, aliases) { Description = description, HelpName = "N", DefaultValueFactory = _ => value },
            number => number >= 1,
            "must be at least 1");

    public static Option<int?> PositiveOrNone(string name, string description) =>
        Validated(new Option<int?>(name) { Description = description, HelpName = "N" }, number => number is null or >= 1, "must be at least 1");

    public static Option<T> Validated<T>(Option<T> option, Func<T?, bool> isValid, string rule)
    {
        option.Validators.Add(result =>
        {
            // A value that did not parse has its own error; asking for it here would throw.
            if (result.Errors.Any() || result.Tokens.Count == 0) return;
            if (!isValid(result.GetValueOrDefault<T>())) result.AddError($"{option.Name} {rule}.");
        });
        return option;
    }

    /// <summary>The shapes of repeated <c>--shape</c> options; null where there is none.</summary>
    /// <exception cref="CompressException">CMP0308 malformed; CMP0101 the same input twice.</exception>
    public static IReadOnlyDictionary<string, long[]>? Shapes(string[] texts)
    {
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var (name, lengths) = ShapeArgument.Parse(text);
            if (!shapes.TryAdd(name, lengths)) throw new UsageException($"--shape is given twice for '{name}'.", "Keep one of them.");
        }

        return shapes.Count == 0 ? null : shapes;
    }
}
