using System.Globalization;
using CompressTasks.Training;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace CompressTasks.Pipeline;

/// <summary>The curves of a sweep as SVG: one colour for each criterion, dashed right after pruning, solid after recovery.</summary>
static class SweepChart
{
    const double Width = 860, Height = 520;

    /// <summary>Distinguishable also without seeing red and green apart (Okabe and Ito, 2008).</summary>
    static readonly OxyColor[] Palette =
    [
        OxyColor.Parse("#0072B2"), OxyColor.Parse("#D55E00"), OxyColor.Parse("#009E73"), OxyColor.Parse("#CC79A7"),
        OxyColor.Parse("#56B4E9"), OxyColor.Parse("#E69F00"), OxyColor.Parse("#000000"), OxyColor.Parse("#8C8C00"),
    ];

    public static string Svg(SweepReport report)
    {
        var isShare = report.Original.Metric.IsShare();
        var plot = new PlotModel
        {
            Title = Path.GetFileNameWithoutExtension(report.Model),
            Subtitle = string.Create(CultureInfo.InvariantCulture, $"granularity {report.Granularity}; dashed: right after pruning, solid: after recovery"),
            Background = OxyColors.White,
            Culture = CultureInfo.InvariantCulture,
            DefaultFont = "Helvetica, Arial, Liberation Sans, sans-serif",
            Padding = new OxyThickness(8, 16, 16, 8),
        };
        plot.Axes.Add(Axis(AxisPosition.Bottom, report.Granularity is "channel" or "head" or "layer" ? "MACs removed, %" : "weights removed, %", 0, 100));
        plot.Axes.Add(Axis(AxisPosition.Left, report.Original.Metric.Label() + (isShare ? ", %" : ""), double.NaN, isShare ? 100 : double.NaN));
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.LeftBottom, LegendBorder = OxyColors.LightGray, LegendBackground = OxyColors.White, LegendPadding = 10 });
        var original = Scaled(report.Original.Value, isShare);
        plot.Series.Add(Line("original", OxyColors.Gray, LineStyle.Dot, [new(0, original), new(100, original)]));
        foreach (var (criterion, index) in report.Points.GroupBy(point => point.Criterion).Select((group, index) => (group, index)))
        {
            var color = Palette[index % Palette.Length];
            var points = criterion.OrderBy(point => point.Achieved).ToArray();
            var hasRecovery = points.Any(point => point.AfterRecovery is not null);
            plot.Series.Add(Line(hasRecovery ? null : criterion.Key, color, LineStyle.Dash, [.. points.Select(point => new DataPoint(100 * point.Achieved, Scaled(point.BeforeRecovery.Value, isShare)))]));
            if (!hasRecovery) continue;
            plot.Series.Add(Line(criterion.Key, color, LineStyle.Solid, [.. points.Where(point => point.AfterRecovery is not null).Select(point => new DataPoint(100 * point.Achieved, Scaled(point.AfterRecovery!.Value, isShare)))]));
        }

        return new SvgExporter { Width = Width, Height = Height, UseVerticalTextAlignmentWorkaround = true }.ExportToString(plot);
    }

    static double Scaled(double value, bool isShare) => isShare ? 100 * value : value;

    static LinearAxis Axis(AxisPosition position, string title, double minimum, double maximum) => new()
    {
        Position = position,
        Title = title,
        Minimum = minimum,
        Maximum = maximum,
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = OxyColor.Parse("#E5E5E5"),
        AxisTitleDistance = 8,
        MaximumPadding = 0.02,
        MinimumPadding = 0.05,
    };

    static LineSeries Line(string? title, OxyColor color, LineStyle style, IReadOnlyList<DataPoint> points)
    {
        // Room for fonts that are wider than the one that the legend is measured with.
        var label = title is null ? null : title + new string('\u00a0', 1 + (title.Length / 5));
        var line = new LineSeries { Title = label, Color = color, LineStyle = style, StrokeThickness = style == LineStyle.Solid ? 2 : 1.5, RenderInLegend = title is not null };
        if (style != LineStyle.Dot)
        {
            (line.MarkerType, line.MarkerSize, line.MarkerFill) = (MarkerType.Circle, 3, color);
        }

        line.Points.AddRange(points);
        return line;
    }
}
