using System.Text.Json;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline;

/// <summary>What plots of a study are drawn from, beside its trials (history and slices).</summary>
/// <param name="Axes">Of the parallel coordinates, in the order of the parameters.</param>
/// <param name="Lines">One per complete trial.</param>
/// <param name="Contours">Of each pair among the three most important parameters; empty before ten complete trials.</param>
public sealed record TuningPlots(IReadOnlyList<PlotAxis> Axes, IReadOnlyList<PlotLine> Lines, IReadOnlyList<PlotContour> Contours)
{
    const int MostParameters = 3;
    const int Resolution = 12;

    internal static TuningPlots Of(Study study)
    {
        var (axes, lines) = StudyInsight.ParallelCoordinates(study);
        string[] important = [.. StudyInsight.Importance(study).Take(MostParameters).Select(one => one.Parameter)];
        return new TuningPlots(
            [.. axes.Select(axis => new PlotAxis(axis.Parameter, Json(axis.Low), Json(axis.High)))],
            [.. lines.Select(line => new PlotLine(line.Number, line.Positions, line.Outcome))],
            [.. important.SelectMany((first, at) => important.Skip(at + 1).Select(second => ContourOf(study, first, second)))]);
    }

    static PlotContour ContourOf(Study study, string first, string second)
    {
        var contour = StudyInsight.Contour(study, first, second, resolution: Resolution);
        return new PlotContour(first, second, [.. contour.Rows.Select(Json)], [.. contour.Columns.Select(Json)], [.. contour.Outcomes.Select(row => (IReadOnlyList<double>)row)]);
    }

    static JsonElement Json(ParameterValue value) =>
        value.IsText ? JsonSerializer.SerializeToElement(value.Text) : value.IsFlag ? JsonSerializer.SerializeToElement(value.Flag) : JsonSerializer.SerializeToElement(value.Number);
}

/// <summary>One axis of parallel coordinates.</summary>
/// <param name="Low">The value at position 0; of choices the first.</param>
/// <param name="High">The value at position 1; of choices the last.</param>
public sealed record PlotAxis(string Parameter, JsonElement Low, JsonElement High);

/// <summary>One trial across the axes.</summary>
/// <param name="Positions">0 to 1 on the search scale; null where the parameter does not exist.</param>
public sealed record PlotLine(int Trial, IReadOnlyList<double?> Positions, double Error);

/// <summary>The error over two parameters, as a model sees it with all others averaged over the trials.</summary>
/// <param name="Errors">One list per value of <paramref name="Rows"/>.</param>
public sealed record PlotContour(
    string Rows, string Columns, IReadOnlyList<JsonElement> RowValues, IReadOnlyList<JsonElement> ColumnValues, IReadOnlyList<IReadOnlyList<double>> Errors);
