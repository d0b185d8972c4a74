using System.Globalization;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// A table of numbers as .csv (commas) or .tsv (tabs), plain or gzip: a row per sample, one or more columns of labels, all other columns
/// the sample's numbers.
/// </summary>
static class DelimitedFile
{
    /// <summary>"0," is a number of two bytes that becomes one of four.</summary>
    const int MostGrowth = 2;

    /// <exception cref="TrainingException">CMP0401, CMP0402, CMP0404.</exception>
    public static StoredDataSet Open(string path, DataQuery query, long mostInMemory)
    {
        var (content, mostBytes) = DataFile.OpenUnpacked(path);
        using (content)
        {
            try
            {
                using var reader = new DelimitedReader(content, SeparatorOf(path, query), path);
                return Open(reader, path, query, mostInMemory, mostBytes);
            }
            catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException)
            {
                throw DataFile.Malformed(path, "is cut short or damaged.", exception);
            }
        }
    }

    static StoredDataSet Open(DelimitedReader reader, string path, DataQuery query, long mostInMemory, long mostBytes)
    {
        if (!reader.Read()) throw DataFile.Malformed(path, "has no rows.");
        var hasHeader = query.Word("header", "yes", "no") != "no";
        var columns = DelimitedColumns.Of(reader, query, hasHeader);
        using var spool = new RowSpool(columns.Features.Length, path, mostInMemory, mostBytes > long.MaxValue / MostGrowth ? long.MaxValue : mostBytes * MostGrowth);
        var labels = new DelimitedLabels(columns, query);
        var numbers = new float[columns.Features.Length];
        var count = 0;
        for (var isRow = !hasHeader || reader.Read(); isRow; isRow = reader.Read(), count++)
        {
            if (reader.Count != columns.Names.Length) throw reader.Malformed(FormattableString.Invariant($"has {reader.Count} cells in a row where {columns.Names.Length} are expected"));
            for (var i = 0; i < numbers.Length; i++) numbers[i] = Number(reader, columns, columns.Features[i]);
            spool.Add(numbers);
            labels.Add(reader);
        }

        if (count == 0) throw DataFile.Malformed(path, "has a header and no rows.");
        var (values, kind, names) = labels.ToTensor();
        var samples = spool.ToRows();
        try
        {
            var typed = values is null ? null : SampleLabels.Of(new MemoryRows(values), kind, count, path);
            var reading = "table" + query.Reading("label", "labels", "ignore", "header", "separator", "classes");
            return new(path, samples, typed, () => DataFile.Hash([path], reading)) { Names = names };
        }
        catch
        {
            samples.Dispose();
            throw;
        }
    }

    /// <exception cref="TrainingException">CMP0402 for a cell that is no finite number.</exception>
    public static float Number(DelimitedReader reader, DelimitedColumns columns, int column)
    {
        if (float.TryParse(reader[column], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && float.IsFinite(number)) return number;
        var cell = reader[column];
        throw reader.Malformed($"has '{(cell.Length > 40 ? cell[..40] : cell)}' in the column '{columns.Names[column]}', which is no number");
    }

    static char SeparatorOf(string path, DataQuery query) => query.Word("separator", "comma", "tab", "semicolon") switch
    {
        "comma" => ',',
        "tab" => '\t',
        "semicolon" => ';',
        _ => path.Contains(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',',
    };
}

/// <summary>Which columns of a table are what.</summary>
sealed record DelimitedColumns(string[] Names, int[] Features, int[] Labels)
{
    /// <param name="reader">At its first record.</param>
    /// <exception cref="TrainingException">CMP0402 for a column that is not there.</exception>
    public static DelimitedColumns Of(DelimitedReader reader, DataQuery query, bool hasHeader)
    {
        var names = new string[reader.Count];
        for (var i = 0; i < names.Length; i++) names[i] = hasHeader ? reader[i].ToString() : (i + 1).ToString(CultureInfo.InvariantCulture);
        int[] Columns(string key) => [.. (query.List(key) ?? []).Select(name => Array.IndexOf(names, name) is >= 0 and var column && Array.LastIndexOf(names, name) == column
            ? column
            : throw reader.Malformed($"has no single column '{name}'; it has {string.Join(", ", names.Take(20).Select(known => $"'{known}'"))}"))];
        var (labels, ignored) = (Columns("label"), Columns("ignore"));
        int[] features = [.. Enumerable.Range(0, names.Length).Except(labels).Except(ignored)];
        return features.Length > 0 ? new(names, features, labels) : throw reader.Malformed("has no columns left for the samples");
    }
}

/// <summary>Collects the labels of a table, whose kind is seen at the end.</summary>
sealed class DelimitedLabels(DelimitedColumns columns, DataQuery query)
{
    readonly LabelKind? declared = query.Labels;
    readonly string[]? classes = query.List("classes");
    readonly List<float> numbers = [];
    readonly List<int> ids = [];
    readonly Dictionary<string, int> known = new(StringComparer.Ordinal);

    bool AreNames => columns.Labels.Length == 1 && declared is null or LabelKind.Classes;

    public void Add(DelimitedReader reader)
    {
        if (declared == LabelKind.None || columns.Labels.Length == 0) return;
        if (!AreNames)
        {
            foreach (var column in columns.Labels) numbers.Add(DelimitedFile.Number(reader, columns, column));
            return;
        }

        var cell = reader[columns.Labels[0]];
        var lookup = known.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(cell, out var id))
        {
            if (classes is not null && !classes.Contains(cell.ToString()))
            {
                throw new TrainingException(TrainingException.Labels, $"The label '{cell}' in line {reader.Line} is none of the declared classes.", query.Argument, "Name all classes in classes=, in the order of the model's outputs.");
            }

            if (cell.IsWhiteSpace()) throw reader.Malformed("has an empty label");
            lookup[cell] = id = known.Count;
        }

        ids.Add(id);
    }

    /// <returns>Null without labels; int64 [n] for classes, else float32 [n] or [n, columns].</returns>
    public (Tensor? Values, LabelKind? Kind, IReadOnlyList<string>? Names) ToTensor()
    {
        if (declared == LabelKind.None || columns.Labels.Length == 0) return (null, null, null);
        if (!AreNames) return Reals();
        string[] found = [.. known.OrderBy(pair => pair.Value).Select(pair => pair.Key)];
        if (classes is null)
        {
            if (found.All(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                return (Numbered(name => int.Parse(name, CultureInfo.InvariantCulture)), LabelKind.Classes, null);
            }

            if (declared is null && found.All(name => float.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && float.IsFinite(value)))
            {
                return (tensor(Array.ConvertAll(ids.ToArray(), id => float.Parse(found[id], CultureInfo.InvariantCulture))), LabelKind.Targets, null);
            }
        }

        var names = classes ?? [.. found.Order(StringComparer.Ordinal)];
        return (Numbered(name => Array.IndexOf(names, name)), LabelKind.Classes, names);

        Tensor Numbered(Func<string, int> numberOf)
        {
            var byId = Array.ConvertAll(found, name => (long)numberOf(name));
            return tensor(Array.ConvertAll(ids.ToArray(), id => byId[id]));
        }
    }

    (Tensor Values, LabelKind Kind, IReadOnlyList<string>? Names) Reals()
    {
        var width = columns.Labels.Length;
        var kind = declared ?? (numbers.All(number => number is 0 or 1) ? LabelKind.MultiLabel : LabelKind.Targets);
        var values = tensor(numbers.ToArray());
        return (width == 1 ? values : values.view(-1, width), kind, kind == LabelKind.MultiLabel ? [.. columns.Labels.Select(column => columns.Names[column])] : null);
    }
}
