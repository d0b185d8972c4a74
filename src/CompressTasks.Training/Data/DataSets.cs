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
    /// Any form may end in <c>?skip=N</c>, <c>?take=N</c> or both (<c>?skip=55000&amp;take=5000</c>) to use a part of the samples, in file order.
    /// Samples stay in memory in the type that they are stored in.
    /// </summary>
    /// <exception cref="TrainingException">CMP0401 not found; CMP0402 wrong format or truncated; CMP0404 labels that are none.</exception>
    public static DataSet Open(string argument, Preprocessing? preprocessing = null)
    {
        TorchLibrary.EnsureLoaded();
        var (files, query) = DataArgument.Parse(argument);
        var data = NormalizedDataSet.Over(OpenStored(argument, files, query), preprocessing ?? Preprocessing.Default);
        if (query.IsWhole) return data;
        try
        {
            return new SubsetDataSet(data, query.IndicesOf(data.Count, argument), ownsInner: true);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>A data set over tensors in memory, which it owns from now on: samples [n, ...], labels as in <see cref="Batch"/>.</summary>
    /// <param name="name">What messages call it; part of its <see cref="DataSet.ContentHash"/>, as the numbers are.</param>
    public static DataSet FromTensors(string name, Tensor samples, Tensor? labels = null, Preprocessing? preprocessing = null) =>
        NormalizedDataSet.Over(new TensorDataSet(name, samples, labels), preprocessing ?? Preprocessing.Default);

    static TensorDataSet OpenStored(string argument, string[] files, DataQuery query) =>
        Path.GetExtension(files[0]).ToUpperInvariant() switch
        {
            ".NPZ" => OpenNpz(argument, files, query),
            ".NPY" => OpenPair(argument, files, NpzFile.ReadSingle),
            ".BIN" => OpenCifar(files),
            _ when IdxFile.IsIdx(files[0]) => OpenPair(
                argument,
                files.Length == 1 && IdxFile.LabelsBeside(files[0]) is { } labels ? [files[0], labels] : files,
                IdxFile.Read),
            _ => throw DataFile.Malformed(files[0], "is not of a known data format."),
        };

    static TensorDataSet OpenNpz(string argument, string[] files, DataQuery query)
    {
        if (files.Length > 1) throw DataArgument.Malformed(argument, "names more than one .npz file");
        var (samples, labels) = NpzFile.Read(files[0], query.X ?? "x", query.Y ?? "y", query.Y is not null);
        var reading = $"npz {query.X} {query.Y}";
        return new(files[0], samples, labels, () => DataFile.Hash(files, reading));
    }

    static TensorDataSet OpenPair(string argument, string[] files, Func<string, Tensor> read)
    {
        if (files.Length > 2) throw DataArgument.Malformed(argument, "names more than a file of samples and a file of labels");
        return new(files[0], read(files[0]), files.Length == 2 ? read(files[1]) : null, () => DataFile.Hash(files, "pair"));
    }

    static TensorDataSet OpenCifar(string[] files)
    {
        var (samples, labels) = CifarFiles.Read(files);
        return new(string.Join(';', files), samples, labels, () => DataFile.Hash(files, "cifar"));
    }
}
