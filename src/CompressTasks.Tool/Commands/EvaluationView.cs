using System.Globalization;
using System.Text.Json;
using CompressTasks.Tool.Terminal;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>What <c>compress evaluate</c> says.</summary>
/// <param name="Model">The file.</param>
/// <param name="Data">Where the samples come from.</param>
/// <param name="Details">Null where there were no labels.</param>
/// <param name="Names">Of the classes; null for numbers.</param>
sealed record EvaluationView(string Model, string Data, EvaluationDetails? Details, IReadOnlyList<string>? Names)
{
    /// <summary>More rows than these are for a file.</summary>
    const int MostClasses = 40, MostConfusions = 10;

    /// <summary>How far another model decides alike.</summary>
    public (string Teacher, EvaluationResult Result)? Agreement { get; init; }

    /// <summary>The preprocessing that was taken from the model, since the command line said nothing; null elsewhere.</summary>
    public Preprocessing? FromModel { get; init; }

    /// <summary>The preprocessing that was taken from the other model, where that differs; null elsewhere.</summary>
    public Preprocessing? FromTeacher { get; init; }

    public object Json() => new
    {
        Model,
        Data,
        Details?.Result.Metric,
        Details?.Result.Value,
        Details?.Result.StandardError,
        Details?.Result.Samples,
        Details?.Result.TopFive,
        Details?.Others,
        Classes = Details?.Classes.Select(one => new
        {
            one.Class,
            Name = ConfusionTable.NameOf(one.Class, Names),
            one.Samples,
            one.Answers,
            one.Right,
            one.Precision,
            one.Recall,
            one.F1,
            one.IntersectionOverUnion,
        }),
        Confusion = Details?.Confusion is { } confusion ? ConfusionTable.Rows(confusion) : null,
        Teacher = Agreement is var (teacher, result) ? new { Model = teacher, result.Metric, result.Value, result.StandardError, result.Samples, PreprocessingOfModel = Element(FromTeacher) } : null,
        PreprocessingOfModel = Element(FromModel),
    };

    public void Print(CommandOutput output)
    {
        output.Line($"{Model}  on  {Data}");
        if (FromModel is { } own) output.Line($"Preprocessing as the model says: {own.ToJson()}");
        if (FromTeacher is { } its) output.Line($"For {Path.GetFileName(Agreement!.Value.Teacher)} as that says: {its.ToJson()}");
        output.Table(Numbers());
        if (Details is not { Classes.Count: > 0 } details) return;
        output.Line();
        Classes(output, details);
        if (details.Confusion is { } confusion) Confusions(output, confusion);
    }

    static JsonElement? Element(Preprocessing? preprocessing) => preprocessing is null ? null : JsonSerializer.Deserialize<JsonElement>(preprocessing.ToJson());

    Table Numbers()
    {
        var table = new Table(new Column(""), new Column("", IsNumber: true), new Column(""));
        void Row(string title, Metric metric, double value, double? error) =>
            table.Add(title, metric.Text(value), error is { } deviation ? $"+- {metric.Text(deviation)} standard error" : "");
        if (Details is { Result: var result } details)
        {
            Row(MetricTitle.Of(result.Metric), result.Metric, result.Value, result.StandardError);
            if (result.TopFive is { } topFive) table.Add("Among the top 5", Metric.Accuracy.Text(topFive), "");
            foreach (var other in details.Others) Row(MetricTitle.Of(other.Metric), other.Metric, other.Value, other.StandardError);
        }

        if (Agreement is var (teacher, agreement))
        {
            var title = agreement.Metric == Metric.Agreement ? "Agreement" : "Squared difference";
            Row($"{title} with {Path.GetFileName(teacher)}", agreement.Metric, agreement.Value, agreement.StandardError);
        }

        table.Add("Samples", (Details?.Result ?? Agreement!.Value.Result).Samples.ToString("#,0", CultureInfo.InvariantCulture), "");
        return table;
    }

    /// <summary>All classes in their order or, where they are many, those that are found worst.</summary>
    void Classes(CommandOutput output, EvaluationDetails details)
    {
        var isPerPixel = details.Result.Metric == Metric.MeanIntersectionOverUnion;
        string[] headers = ["Class", isPerPixel ? "Pixels" : "Samples", "Precision", "Recall", "F1", .. isPerPixel ? ["IoU"] : Array.Empty<string>()];
        var table = new Table([.. headers.Select((header, index) => new Column(header, IsNumber: index > 0))]);
        var occurring = details.Classes.Where(one => one.Occurs).ToList();
        var shown = occurring.Count <= MostClasses ? occurring : [.. occurring.OrderBy(one => one.F1).Take(MostClasses)];
        foreach (var one in shown)
        {
            double[] shares = [one.Precision, one.Recall, one.F1, .. isPerPixel ? [one.IntersectionOverUnion] : Array.Empty<double>()];
            table.Add(
            [
                ConfusionTable.NameOf(one.Class, Names),
                one.Samples.ToString("#,0", CultureInfo.InvariantCulture),
                .. shares.Select(share => Metric.F1.Text(share)),
            ]);
        }

        output.Table(table);
        if (shown.Count < occurring.Count) output.Line($"The {shown.Count} of {occurring.Count} classes with the lowest F1; --json has all.");
    }

    void Confusions(CommandOutput output, long[,] confusion)
    {
        var largest = ConfusionTable.Largest(confusion, MostConfusions).ToList();
        if (largest.Count == 0) return;
        output.Line();
        var table = new Table(new Column("Class"), new Column("Taken for"), new Column("Times", IsNumber: true));
        foreach (var (label, answer, count) in largest)
        {
            table.Add(ConfusionTable.NameOf(label, Names), ConfusionTable.NameOf(answer, Names), count.ToString("#,0", CultureInfo.InvariantCulture));
        }

        output.Table(table);
    }
}
