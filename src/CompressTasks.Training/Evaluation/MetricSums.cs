using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Counts what a metric needs, batch by batch, exactly and in memory that does not grow with the samples.</summary>
abstract class MetricSums : IDisposable
{
    public int Samples { get; private set; }

    /// <summary>What goes with the labels of a data set.</summary>
    /// <param name="withConfusion">Whether to count who was taken for whom.</param>
    public static MetricSums For(LabelKind labels, OutputKind outputs, bool withConfusion) => labels switch
    {
        LabelKind.Targets => new TargetMetrics(),
        LabelKind.MultiLabel => new MultiLabelMetrics(outputs),
        LabelKind.PixelClasses => new PixelMetrics(outputs, withConfusion),
        _ => new ClassMetrics(withConfusion),
    };

    /// <param name="outputs">As <see cref="OutputReading.Shaped"/> gives them; tensors that are made belong to the caller's dispose scope.</param>
    /// <param name="labels">Of the same samples, on the same device.</param>
    public void Add(Tensor outputs, Tensor labels)
    {
        Samples += (int)outputs.shape[0];
        AddBatch(outputs, labels);
    }

    public abstract EvaluationDetails Result();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void AddBatch(Tensor outputs, Tensor labels);

    protected abstract void Dispose(bool disposing);

    /// <summary>Of a share p of the samples: sqrt(p (1 - p) / n).</summary>
    protected double ErrorOfShare(double share) => Math.Sqrt(share * (1 - share) / Samples);

    protected static double MacroF1(IReadOnlyList<ClassResult> classes) => classes.Where(one => one.Occurs).Select(one => one.F1).DefaultIfEmpty(1).Average();
}
