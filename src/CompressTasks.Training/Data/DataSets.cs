using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Opens data sets by the one argument that names them.</summary>
public static class DataSets
{
    /// <summary>An array of more bytes stays on disk and is read batch by batch.</summary>
    public const long MostBytesInMemory = 256L << 20;

    /// <summary>
    /// Opens, by the form of <paramref name="argument"/> (docs/data.md has the whole grammar):
    /// <c>data.npz</c> (arrays x and y; others by <c>data.npz?x=images&amp;y=labels</c>),
    /// <c>x.npy;y.npy</c> or <c>x.npy</c>,
    /// <c>data_batch_1.bin;data_batch_2.bin</c> (CIFAR-10 or CIFAR-100 records),
    /// <c>train-images-idx3-ubyte</c> (IDX; the labels file lies beside it by its usual name, or follows after <c>;</c>; plain or gzip),
    /// a folder with a folder of images per class,
    /// <c>table.csv?label=species</c> (also .tsv, and gzip),
    /// <c>mine.dll?type=Namespace.Class</c> (a <see cref="SampleSource"/>).
    /// Any form may end in a choice of samples, as <c>?skip=55000&amp;take=5000</c> or <c>?split=0.9&amp;part=train</c>.
    /// </summary>
    /// <param name="modelInput">
    /// Shape of the model's input with its batch axis, where it is known: images are read in its number of channels.
    /// </param>
    /// <exception cref="TrainingException">
    /// CMP0401 not found; CMP0402 wrong format or truncated; CMP0403 images of different sizes; CMP0404 labels that are none; CMP0405 a class
    /// of the user's that cannot be used; CMP0120 preprocessing out of its range.
    /// </exception>
    public static DataSet Open(string argument, Preprocessing? preprocessing = null, long[]? modelInput = null) =>
        Open(argument, preprocessing ?? Preprocessing.Default, modelInput, MostBytesInMemory);

    /// <summary>The argument of one part of a data set for cross-validation.</summary>
    /// <param name="argument">A data argument without a split or fold of its own.</param>
    /// <param name="fold">1 to <paramref name="folds"/>.</param>
    /// <param name="folds">2 or more.</param>
    /// <param name="isTraining">True for all but that part, false for the part itself.</param>
    public static string Fold(string argument, int fold, int folds, bool isTraining) =>
        DataArgument.With(argument, FormattableString.Invariant($"fold={fold}&folds={folds}&part={(isTraining ? "train" : "valid")}"));

    /// <param name="mostInMemory">As <see cref="MostBytesInMemory"/>.</param>
    internal static DataSet Open(string argument, Preprocessing preprocessing, long[]? modelInput, long mostInMemory)
    {
        TorchLibrary.EnsureLoaded();
        preprocessing.Validate();
        var (files, query) = DataArgument.Parse(argument);
        var format = DataFormats.Of(files[0]);
        DataArgument.EnsureKnown(query, format);
        DataSet stored = format switch
        {
            DataFormat.Npz => OpenNpz(files, query, mostInMemory),
            DataFormat.Npy => OpenPair(files, query, path => NpzFile.OpenSingle(path, mostInMemory)),
            DataFormat.Cifar => OpenCifar(files, mostInMemory),
            DataFormat.Idx => OpenPair(
                files.Length == 1 && IdxFile.LabelsBeside(files[0]) is { } labels ? [files[0], labels] : files,
                query,
                path => IdxFile.Open(path, mostInMemory)),
            DataFormat.ImageFolder => ImageFolder.Open(Single(files, query), query, preprocessing, modelInput),
            DataFormat.DelimitedText => DelimitedFile.Open(Single(files, query), query, mostInMemory),
            DataFormat.Assembly => SampleSourceDataSet.Open(Single(files, query), query),
            _ => throw new InvalidOperationException($"No reader for {format}."),
        };
        try
        {
            return Viewed(stored, query, preprocessing, isFitted: format == DataFormat.ImageFolder);
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }

    /// <summary>A data set over tensors in memory, which it owns from now on: samples [n, ...], labels as in <see cref="Batch"/>.</summary>
    /// <param name="name">What messages call it; part of its <see cref="DataSet.ContentHash"/>, as the numbers are.</param>
    public static DataSet FromTensors(string name, Tensor samples, Tensor? labels = null, Preprocessing? preprocessing = null)
    {
        var (kept, keptLabels) = (samples.DetachFromDisposeScope(), labels?.DetachFromDisposeScope());
        var stored = new StoredDataSet(
            name,
            new MemoryRows(kept),
            keptLabels is null ? null : SampleLabels.Of(new MemoryRows(keptLabels), null, (int)samples.shape[0], name),
            () => TensorHash.Of(name, kept, keptLabels));
        return NormalizedDataSet.Over(stored, preprocessing ?? Preprocessing.Default);
    }

    /// <summary>The chosen samples, fitted and normalised; owns <paramref name="stored"/>.</summary>
    static DataSet Viewed(DataSet stored, DataQuery query, Preprocessing preprocessing, bool isFitted)
    {
        var fitted = isFitted ? stored : FittedDataSet.Over(stored, preprocessing);
        var normalized = NormalizedDataSet.Over(fitted, preprocessing);
        return SamplePart.Of(query, normalized) is { } part ? new SubsetDataSet(normalized, part, ownsInner: true) : normalized;
    }

    static StoredDataSet OpenNpz(string[] files, DataQuery query, long mostInMemory)
    {
        var path = Single(files, query);
        var y = query.Labels == LabelKind.None ? null : query.Text("y") ?? "y";
        var (samples, labels) = NpzFile.Open(path, query.Text("x") ?? "x", y, query.Text("y") is not null, mostInMemory);
        return Stored(path, samples, labels, query, () => DataFile.Hash(files, "npz" + query.Reading("x", "y", "labels")));
    }

    static StoredDataSet OpenPair(string[] files, DataQuery query, Func<string, Rows> open)
    {
        if (files.Length > 2) throw DataArgument.Malformed(query.Argument, "names more than a file of samples and a file of labels");
        var samples = open(files[0]);
        var labels = files.Length == 2 && query.Labels != LabelKind.None ? open(files[1]) : null;
        return Stored(files[0], samples, labels, query, () => DataFile.Hash(files, "pair" + query.Reading("labels")));
    }

    static StoredDataSet OpenCifar(string[] files, long mostInMemory)
    {
        var (samples, labels) = CifarFiles.Open(files, mostInMemory);
        var source = string.Join(';', files);
        return new(source, samples, SampleLabels.Of(labels, LabelKind.Classes, samples.Count, source), () => DataFile.Hash(files, "cifar"));
    }

    static StoredDataSet Stored(string path, Rows samples, Rows? labels, DataQuery query, Func<string> hash)
    {
        try
        {
            return new(path, samples, labels is null ? null : SampleLabels.Of(labels, query.Labels, samples.Count, path), hash);
        }
        catch
        {
            samples.Dispose();
            throw;
        }
    }

    static string Single(string[] files, DataQuery query) =>
        files.Length == 1 ? files[0] : throw DataArgument.Malformed(query.Argument, "names more than one file or folder");
}
