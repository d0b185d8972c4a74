using System.Globalization;

namespace CompressTasks.Training;

/// <summary>What follows the files in a data argument, by name.</summary>
sealed class DataQuery(string argument, IReadOnlyDictionary<string, string> values)
{
    public string Argument => argument;

    public IEnumerable<string> Names => values.Keys;

    /// <summary>The text that tells a reading of the files from another one.</summary>
    public string Reading(params ReadOnlySpan<string> names)
    {
        var text = "";
        foreach (var name in names) text += $" {name}={Text(name)}";
        return text;
    }

    public string? Text(string name) => values.GetValueOrDefault(name);

    /// <exception cref="TrainingException">CMP0401.</exception>
    public int? Number(string name, int least)
    {
        if (Text(name) is not { } text) return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw DataArgument.Malformed(argument, $"has '{name}={text}', which is no whole number of {least} or more");
    }

    /// <summary>Above 0 and below 1.</summary>
    /// <exception cref="TrainingException">CMP0401.</exception>
    public double? Fraction(string name)
    {
        if (Text(name) is not { } text) return null;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 1
            ? number
            : throw DataArgument.Malformed(argument, $"has '{name}={text}', which is no share between 0 and 1");
    }

    /// <summary>One of the given words.</summary>
    /// <exception cref="TrainingException">CMP0401.</exception>
    public string? Word(string name, params string[] known)
    {
        if (Text(name) is not { } text || known.Contains(text)) return Text(name);
        throw DataArgument.Malformed(argument, $"has '{name}={text}', where {string.Join(", ", known)} are known");
    }

    /// <summary>Words joined by commas; null where the name is not there.</summary>
    public string[]? List(string name) => Text(name)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What the labels are, where the argument says it.</summary>
    /// <exception cref="TrainingException">CMP0401.</exception>
    public LabelKind? Labels => Word("labels", "none", "classes", "targets", "multi", "pixels") switch
    {
        "none" => LabelKind.None,
        "classes" => LabelKind.Classes,
        "targets" => LabelKind.Targets,
        "multi" => LabelKind.MultiLabel,
        "pixels" => LabelKind.PixelClasses,
        _ => null,
    };
}
