using CompressTasks.Training;

namespace CompressTasks.Tool.Terminal;

/// <summary>A metric at the head of a row or column.</summary>
static class MetricTitle
{
    public static string Of(Metric metric)
    {
        var label = metric.Label();
        return char.ToUpperInvariant(label[0]) + label[1..];
    }
}
