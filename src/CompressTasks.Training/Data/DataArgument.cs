using System.Globalization;

namespace CompressTasks.Training;

/// <summary>What follows the files in a data argument: names of arrays, and which part of the samples is meant.</summary>
/// <param name="X">Array of the samples in an .npz file; null for x.</param>
/// <param name="Y">Array of the labels; null for y, if it is there.</param>
/// <param name="Skip">Samples left out at the start.</param>
/// <param name="Take">Samples used after those; null for all.</param>
sealed record DataQuery(string? X, string? Y, int Skip, int? Take)
{
    public bool IsWhole => Skip == 0 && Take is null;

    /// <exception cref="TrainingException">CMP0402 when the file has fewer samples.</exception>
    public int[] IndicesOf(int count, string argument)
    {
        var length = Take ?? (count - Skip);
        if (length > 0 && (long)Skip + length <= count) return [.. Enumerable.Range(Skip, length)];
        throw new TrainingException(
            TrainingException.DataFormat,
            string.Create(
                CultureInfo.InvariantCulture,
                $"'{argument}' asks for samples from {Skip} on{(Take is { } take ? $", {take} of them" : "")}, and there are {count}."),
            argument,
            "Lower skip or take.");
    }
}

/// <summary>Splits <c>file;file?key=value&amp;key=value</c>.</summary>
static class DataArgument
{
    static readonly string[] Keys = ["x", "y", "skip", "take"];

    /// <exception cref="TrainingException">CMP0401 when the argument is not of this form.</exception>
    public static (string[] Files, DataQuery Query) Parse(string argument)
    {
        // A question mark may belong to a file's name; it begins the query only where a known key follows.
        var mark = argument.LastIndexOf('?');
        var hasQuery = mark > 0 && Keys.Any(key => argument.AsSpan(mark + 1).StartsWith(key + "="));
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in hasQuery ? argument[(mark + 1)..].Split('&') : [])
        {
            if (part.Split('=') is not [var key, { Length: > 0 } value] || !Keys.Contains(key) || !values.TryAdd(key, value))
            {
                throw Malformed(argument, $"has '{part}' after '?', where x=NAME, y=NAME, skip=N and take=N are known");
            }
        }

        var files = (hasQuery ? argument[..mark] : argument).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (files.Length == 0) throw Malformed(argument, "names no file");
        var isNpz = Path.GetExtension(files[0]).Equals(".npz", StringComparison.OrdinalIgnoreCase);
        if (!isNpz && (values.ContainsKey("x") || values.ContainsKey("y"))) throw Malformed(argument, "names arrays, which only .npz files have");
        var (skip, take) = (Number(argument, values, "skip", 0) ?? 0, Number(argument, values, "take", 1));
        return (files, new DataQuery(values.GetValueOrDefault("x"), values.GetValueOrDefault("y"), skip, take));
    }

    public static TrainingException Malformed(string argument, string what) => new(
        TrainingException.DataNotFound,
        $"The data argument '{argument}' {what}.",
        hint: "Write data.npz?x=images&y=labels, x.npy;y.npy, batch1.bin;batch2.bin or images-idx3-ubyte;labels-idx1-ubyte; "
            + "each may end in ?skip=N&take=N.");

    static int? Number(string argument, Dictionary<string, string> values, string key, int least)
    {
        if (!values.TryGetValue(key, out var text)) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw Malformed(argument, $"has '{key}={text}', which is no number of samples");
    }
}
