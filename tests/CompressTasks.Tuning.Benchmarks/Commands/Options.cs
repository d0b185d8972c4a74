using System.Globalization;

namespace CompressTasks.Tuning.Benchmarks;

/// <summary>Pairs of <c>--name value</c>.</summary>
sealed class Options(IReadOnlyList<string> args)
{
    public string? Text(string name)
    {
        var at = args.ToList().IndexOf("--" + name);
        return at >= 0 && at + 1 < args.Count ? args[at + 1] : null;
    }

    public int Number(string name, int standard) => Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;

    public string[]? List(string name) => Text(name)?.Split(',');
}
