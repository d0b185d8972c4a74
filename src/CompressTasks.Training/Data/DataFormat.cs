namespace CompressTasks.Training;

/// <summary>What a data set's first file is.</summary>
enum DataFormat
{
    Npz,
    Npy,
    Cifar,
    Idx,
    ImageFolder,
    DelimitedText,
    Assembly,
}

static class DataFormats
{
    /// <exception cref="TrainingException">CMP0401, CMP0402.</exception>
    public static DataFormat Of(string path)
    {
        if (Directory.Exists(path)) return DataFormat.ImageFolder;
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name).ToUpperInvariant() switch
        {
            ".NPZ" => DataFormat.Npz,
            ".NPY" => DataFormat.Npy,
            ".BIN" => DataFormat.Cifar,
            ".CSV" or ".TSV" => DataFormat.DelimitedText,
            ".DLL" => DataFormat.Assembly,
            _ when IdxFile.IsIdx(path) => DataFormat.Idx,
            _ => throw DataFile.Malformed(path, "is not of a known data format."),
        };
    }

    /// <summary>What may follow the question mark for every format.</summary>
    public static IReadOnlyList<string> CommonKeys { get; } = ["skip", "take", "split", "fold", "folds", "part", "seed"];

    /// <summary>What else may follow it.</summary>
    public static IReadOnlyList<string> KeysOf(DataFormat format) => format switch
    {
        DataFormat.Npz => ["x", "y", "labels"],
        DataFormat.Npy or DataFormat.Idx => ["labels"],
        DataFormat.ImageFolder => ["channels", "classes"],
        DataFormat.DelimitedText => ["label", "labels", "ignore", "header", "separator", "classes"],
        DataFormat.Assembly => ["type", "arg"],
        _ => [],
    };
}
