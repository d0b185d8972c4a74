using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>The labels of a data set: what they are, and their reading as <see cref="Batch"/> promises them.</summary>
sealed class SampleLabels : IDisposable
{
    const int RowsAtOnce = 4096, MasksAtOnce = 16;

    readonly Rows rows;
    readonly string source;
    readonly Lazy<int> classes;

    SampleLabels(Rows rows, LabelKind kind, string source)
    {
        this.rows = rows;
        this.source = source;
        Kind = kind;
        Shape = kind switch
        {
            LabelKind.Classes => [],
            LabelKind.PixelClasses when rows.RowShape is [1, _, _] => rows.RowShape[1..],
            _ => rows.RowShape,
        };
        classes = new(CountClasses);
    }

    public LabelKind Kind { get; }

    public long[] Shape { get; }

    /// <summary>Null for targets.</summary>
    public int? ClassCount => Kind switch
    {
        LabelKind.Classes or LabelKind.PixelClasses => classes.Value,
        LabelKind.MultiLabel => (int)Shape[0],
        _ => null,
    };

    public int ReadersAhead => rows.ReadersAhead;

    /// <param name="rows">Owned from now on, also where they are refused.</param>
    /// <param name="declared">What the user says that they are; null: whole numbers are classes, several per sample 0/1 labels, masks a class per pixel, and others targets.</param>
    /// <param name="samples">How many there have to be.</param>
    /// <param name="source">For messages.</param>
    /// <exception cref="TrainingException">CMP0402 when samples and labels do not go together; CMP0404 for labels that are not of the kind.</exception>
    public static SampleLabels Of(Rows rows, LabelKind? declared, int samples, string source)
    {
        try
        {
            if (rows.Count != samples)
            {
                throw new TrainingException(
                    TrainingException.DataFormat,
                    $"There are {samples} samples but labels of shape {DataSet.Text([rows.Count, .. rows.RowShape])}.",
                    source,
                    "Store one label per sample, in the same order.");
            }

            var labels = new SampleLabels(rows, KindOf(rows, declared, source), source);
            // Masks can be as many as the samples: they are looked through when somebody asks for their classes.
            if (labels.Kind == LabelKind.Classes) _ = labels.ClassCount;
            if (labels.Kind == LabelKind.MultiLabel) labels.EnsureZeroOrOne();
            return labels;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>The labels of these samples: int64 [n] or [n, height, width], or float32 [n, shape].</summary>
    public Tensor Read(ReadOnlySpan<int> indices)
    {
        using var scope = NewDisposeScope();
        var read = rows.Read(indices);
        var type = Kind is LabelKind.Classes or LabelKind.PixelClasses ? ScalarType.Int64 : ScalarType.Float32;
        return read.to(type).reshape([indices.Length, .. Shape]).MoveToOuterDisposeScope();
    }

    public void Dispose() => rows.Dispose();

    static LabelKind KindOf(Rows rows, LabelKind? declared, string source)
    {
        var isReal = rows.Type is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64;
        var shape = rows.RowShape;
        var perSample = shape.Aggregate(1L, (product, length) => product * length);
        var kind = declared ?? (isReal ? LabelKind.Targets
            : perSample == 1 ? LabelKind.Classes
            : shape.Length == 1 ? LabelKind.MultiLabel
            : LabelKind.PixelClasses);
        var fits = kind switch
        {
            LabelKind.Classes => !isReal && perSample == 1,
            LabelKind.MultiLabel => shape.Length == 1,
            LabelKind.PixelClasses => !isReal && shape is [_, _] or [1, _, _],
            _ => true,
        };
        return fits ? kind : throw new TrainingException(
            TrainingException.Labels,
            $"Labels of type {rows.Type} and shape {DataSet.Text([rows.Count, .. shape])} are not {Meaning(kind)}.",
            source,
            "See docs/data.md for what labels look like; labels=targets, for instance, declares their kind.");
    }

    static string Meaning(LabelKind kind) => kind switch
    {
        LabelKind.Classes => "one whole class number per sample",
        LabelKind.MultiLabel => "a row of 0 and 1 per sample",
        LabelKind.PixelClasses => "one whole class number per pixel",
        _ => "real targets",
    };

    int CountClasses()
    {
        long lowest = 0, highest = 0;
        foreach (var part in rows.Parts(Kind == LabelKind.PixelClasses ? MasksAtOnce : RowsAtOnce))
        {
            using var scope = NewDisposeScope();
            var numbers = part.to(ScalarType.Int64);
            lowest = Math.Min(lowest, numbers.min().item<long>());
            highest = Math.Max(highest, numbers.max().item<long>());
        }

        if (lowest >= 0 && highest < int.MaxValue) return (int)highest + 1;
        throw new TrainingException(
            TrainingException.Labels,
            $"Label {(lowest < 0 ? lowest : highest)} is not a class number.",
            source,
            "Number the classes from 0.");
    }

    void EnsureZeroOrOne()
    {
        foreach (var part in rows.Parts(RowsAtOnce))
        {
            using var scope = NewDisposeScope();
            if (part.eq(0).logical_or(part.eq(1)).all().item<bool>()) continue;
            throw new TrainingException(
                TrainingException.Labels,
                $"Labels of shape {DataSet.Text([rows.Count, .. rows.RowShape])} are not rows of 0 and 1.",
                source,
                "Store one class number per sample, a 0 or 1 for each class, or declare real targets with labels=targets.");
        }
    }
}
