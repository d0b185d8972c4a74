using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Opens data sets by the one argument that names them.</summary>
public static class DataSets
{
    /// <summary>
    /// Opens, by the form of <paramref name="argument"/>:
    /// <c>data.npz</c> (arrays x and y; others by <c>data.npz?x=images&amp;y=labels</c>),
    /// <c>x.npy;y.npy</c> or <c>x.npy</c>,
    /// <c>data_batch_1.bin;data_batch_2.bin</c> (CIFAR-10 or CIFAR-100 records),
    /// <c>train-images-idx3-ubyte</c> (IDX; the labels file lies beside it by its usual name, or follows after <c>;</c>; plain or gzip).
    /// Samples stay in memory in the type that they are stored in.
    /// </summary>
    /// <exception cref="TrainingException">CMP0401 not found; CMP0402 wrong format or truncated; CMP0404 labels that are none.</exception>
    public static DataSet Open(string argument, Preprocessing? preprocessing = null)
    {
        TorchLibrary.EnsureLoaded();
        return NormalizedDataSet.Over(OpenStored(argument), preprocessing ?? Preprocessing.Default);
    }

    /// <summary>A data set over tensors in memory, which it owns from now on: samples [n, ...], labels as in <see cref="Batch"/>.</summary>
    /// <param name="name">What messages call it; part of its <see cref="DataSet.ContentHash"/>, as the numbers are.</param>
    public static DataSet FromTensors(string name, Tensor samples, Tensor? labels = null, Preprocessing? preprocessing = null) =>
        NormalizedDataSet.Over(new TensorDataSet(name, samples, labels), preprocessing ?? Preprocessing.Default);

    static TensorDataSet OpenStored(string argument)
    {
        var (files, names) = Split(argument);
        return Path.GetExtension(files[0]).ToUpperInvariant() switch
        {
            ".NPZ" => OpenNpz(argument, files, names),
            ".NPY" => OpenPair(argument, files, NpzFile.ReadSingle),
            ".BIN" => OpenCifar(argument, files),
            _ when IdxFile.IsIdx(files[0]) => OpenPair(argument, files.Length == 1 && IdxFile.LabelsBeside(files[0]) is { } labels ? [files[0], labels] : files, IdxFile.Read),
            _ => throw DataFile.Malformed(files[0], "is not of a known data format."),
        };
    }

    static TensorDataSet OpenNpz(string argument, string[] files, Dictionary<string, string> names)
    {
        if (files.Length > 1) throw Usage(argument, "names more than one .npz file");
        var (samples, labels) = NpzFile.Read(files[0], names.GetValueOrDefault("x", "x"), names.GetValueOrDefault("y", "y"), names.ContainsKey("y"));
        var reading = $"npz {names.GetValueOrDefault("x")} {names.GetValueOrDefault("y")}";
        return new(files[0], samples, labels, () => DataFile.Hash(files, reading));
    }

    static TensorDataSet OpenPair(string argument, string[] files, Func<string, Tensor> read)
    {
        if (files.Length > 2) throw Usage(argument, "names more than a file of samples and a file of labels");
        return new(files[0], read(files[0]), files.Length == 2 ? read(files[1]) : null, () => DataFile.Hash(files, "pair"));
    }

    static TensorDataSet OpenCifar(string argument, string[] files)
    {
        var (samples, labels) = CifarFiles.Read(files);
        return new(argument, samples, labels, () => DataFile.Hash(files, "cifar"));
    }

    static (string[] Files, Dictionary<string, string> Names) Split(string argument)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var query = argument.LastIndexOf(".npz?", StringComparison.OrdinalIgnoreCase);
        var paths = query < 0 ? argument : argument[..(query + 4)];
        if (query >= 0)
        {
            foreach (var part in argument[(query + 5)..].Split('&'))
            {
                if (part.Split('=') is not [("x" or "y") and var key, { Length: > 0 } name] || !names.TryAdd(key, name)) throw Usage(argument, $"has '{part}' after '?', where x=NAME and y=NAME are known");
            }
        }

        var files = paths.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return files.Length > 0 ? (files, names) : throw Usage(argument, "names no file");
    }

    static TrainingException Usage(string argument, string what) =>
        new(TrainingException.DataNotFound, $"The data argument '{argument}' {what}.", hint: "Write data.npz?x=images&y=labels, x.npy;y.npy, batch1.bin;batch2.bin or images-idx3-ubyte;labels-idx1-ubyte.");
}
