namespace CompressTasks.Training;

/// <summary>Splits <c>file;file?name=value&amp;name=value</c>. docs/data.md has the whole grammar.</summary>
static class DataArgument
{
    static readonly string[] Names =
        [.. DataFormats.CommonKeys.Concat(Enum.GetValues<DataFormat>().SelectMany(DataFormats.KeysOf)).Distinct(StringComparer.Ordinal)];

    /// <exception cref="TrainingException">CMP0401 when the argument is not of this form.</exception>
    public static (string[] Files, DataQuery Query) Parse(string argument)
    {
        var mark = MarkIn(argument);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in mark < 0 ? [] : argument[(mark + 1)..].Split('&'))
        {
            // %3B and the like stand for characters that the argument itself uses.
            if (part.Split('=', 2) is not [var name, { Length: > 0 } value] || !values.TryAdd(name, Uri.UnescapeDataString(value)))
            {
                throw Malformed(argument, $"has '{part}' after '?', where each name=value is given once");
            }
        }

        var files = (mark < 0 ? argument : argument[..mark]).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return files.Length > 0 ? (files, new DataQuery(argument, values)) : throw Malformed(argument, "names no file");
    }

    /// <summary>The argument with more choices after its question mark.</summary>
    public static string With(string argument, string choices) => argument + (MarkIn(argument) < 0 ? "?" : "&") + choices;

    /// <exception cref="TrainingException">CMP0401 for a name that this format does not have.</exception>
    public static void EnsureKnown(DataQuery query, DataFormat format)
    {
        string[] known = [.. DataFormats.KeysOf(format), .. DataFormats.CommonKeys];
        if (query.Names.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw Malformed(query.Argument, $"has '{unknown}' after '?'; for this format there are {string.Join(", ", known)}");
        }
    }

    public static TrainingException Malformed(string argument, string what) => new(
        TrainingException.DataNotFound,
        $"The data argument '{argument}' {what}.",
        hint: "Write for example data.npz?x=images&y=labels, x.npy;y.npy, images-folder, table.csv?label=species or data.npz?split=0.9&part=train; docs/data.md has it all.");

    /// <summary>A question mark may belong to a file's name; what follows it begins the query only where that looks like one.</summary>
    static int MarkIn(string argument)
    {
        for (var mark = argument.IndexOf('?'); mark > 0; mark = argument.IndexOf('?', mark + 1))
        {
            var rest = argument.AsSpan(mark + 1);
            foreach (var name in Names)
            {
                if (rest.StartsWith(name, StringComparison.Ordinal) && rest[name.Length..].StartsWith('=')) return mark;
            }
        }

        return -1;
    }
}
