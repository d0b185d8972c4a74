using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>How much a parameter matters.</summary>
/// <param name="Variance">
/// Share of the objective's variance over the space that the parameter explains alone, 0 to 1; the sum may be below 1, the rest being interaction. Whether a
/// parameter with conditions exists counts for its parents.
/// </param>
/// <param name="Permutation">
/// Share of the error that a model makes when it is told other trials' values of this parameter, among those that have it; the shares sum up to 1.
/// </param>
public sealed record ParameterImportance(string Parameter, double Variance, double Permutation);

/// <summary>One trial in the course of the study.</summary>
/// <param name="Best">Best feasible value of the present space up to it; null before the first.</param>
public sealed record HistoryPoint(int Number, TrialState State, double? Value, double? Best);

/// <summary>Trials along one parameter.</summary>
/// <param name="Value">Of the parameter.</param>
/// <param name="Outcome">Of the objective.</param>
public sealed record SlicePoint(int Number, ParameterValue Value, double Outcome);

/// <summary>The objective over two parameters, as a model sees it with all others averaged over the trials.</summary>
/// <param name="Rows">Values of the first parameter.</param>
/// <param name="Columns">Values of the second parameter.</param>
/// <param name="Outcomes">Predicted, one array per row.</param>
public sealed record Contour(ImmutableArray<ParameterValue> Rows, ImmutableArray<ParameterValue> Columns, ImmutableArray<ImmutableArray<double>> Outcomes);

/// <summary>One axis of parallel coordinates.</summary>
/// <param name="Low">What lies at 0; of choices the first.</param>
/// <param name="High">What lies at 1; of choices the last.</param>
public sealed record ParallelAxis(string Parameter, ParameterValue Low, ParameterValue High);

/// <summary>One trial across the axes.</summary>
/// <param name="Positions">0 to 1 on the search scale; null where the parameter does not exist.</param>
public sealed record ParallelLine(int Number, ImmutableArray<double?> Positions, double Outcome);

/// <summary>What a study tells beyond its best trial, as data for reports and plots. Every method works on the trials that the study knows of.</summary>
public static class StudyInsight
{
    const int LeastTrials = 10;
    const int ContourBackground = 50;

    /// <summary>
    /// The parameters by importance for an objective, the most important first; empty before ten complete trials. By a random forest over losses whose worse
    /// half is compressed, so that the good region counts and not how bad the bad one is.
    /// </summary>
    public static ImmutableArray<ParameterImportance> Importance(Study study, int objective = 0)
    {
        var data = Complete(study, objective);
        if (data.Points.Length < LeastTrials)
            return [];
        var axes = data.Encoding.Axes;
        var forest = data.Forest(warped: true);
        var shares = FunctionalVariance.MainEffects(forest, axes);
        var usual = forest.Error(-1, 0);
        var losses = Enumerable.Range(0, axes.Length).Select(axis => Math.Max(0, forest.Error(axis, 0) - usual)).ToArray();
        var total = losses.Sum();
        return
        [
            .. axes.Select((axis, index) => new ParameterImportance(axis.Parameter.Name, shares[index], total > 0 ? losses[index] / total : 0))
                .OrderByDescending(importance => importance.Variance),
        ];
    }

    public static ImmutableArray<HistoryPoint> History(Study study, int objective = 0)
    {
        CheckObjective(study, objective);
        var points = ImmutableArray.CreateBuilder<HistoryPoint>();
        double? best = null;
        foreach (var trial in study.Trials)
        {
            double? value = trial.Values.Length > objective ? trial.Values[objective] : null;
            var counts = value is not null && study.IsResult(trial);
            if (counts && (best is null || study.Objectives[objective].Loss(value!.Value) < study.Objectives[objective].Loss(best.Value)))
                best = value;
            points.Add(new(trial.Number, trial.State, value, best));
        }

        return points.ToImmutable();
    }

    /// <exception cref="TuningException">There is no such parameter or objective.</exception>
    public static ImmutableArray<SlicePoint> Slice(Study study, string parameter, int objective = 0)
    {
        CheckObjective(study, objective);
        _ = study.Space[parameter];
        return
        [
            .. study.Trials
                .Where(trial => trial.State == TrialState.Complete && trial.Configuration.Contains(parameter))
                .Select(trial => new SlicePoint(trial.Number, trial.Configuration[parameter], trial.Values[objective])),
        ];
    }

    /// <param name="resolution">Values per number; choices and few-valued parameters have all theirs.</param>
    /// <exception cref="TuningException">There is no such parameter, or fewer than ten complete trials.</exception>
    public static Contour Contour(Study study, string first, string second, int objective = 0, int resolution = 20)
    {
        _ = (study.Space[first], study.Space[second]);
        var data = Complete(study, objective);
        if (data.Points.Length < LeastTrials)
            throw new TuningException(TuningException.Setting, $"A contour needs {LeastTrials} complete trials; the study '{study.Name}' has {data.Points.Length}.");
        var forest = data.Forest(warped: false);
        var names = data.Encoding.Axes.Select(axis => axis.Parameter.Name).ToList();
        var (row, column) = (names.IndexOf(first), names.IndexOf(second));
        var rows = Ticks(data.Encoding.Axes[row], resolution);
        var columns = Ticks(data.Encoding.Axes[column], resolution);
        var background = data.Points.Where((_, index) => index % Math.Max(1, data.Points.Length / ContourBackground) == 0).ToArray();
        double Predict(double atRow, double atColumn) => background.Average(point =>
        {
            var moved = (double[])point.Clone();
            moved[row] = atRow;
            moved[column] = atColumn;
            return study.Objectives[objective].Loss(forest.Predict(moved));
        });
        return new(
            [.. rows.Select(data.Encoding.Axes[row].Value)],
            [.. columns.Select(data.Encoding.Axes[column].Value)],
            [.. rows.Select(atRow => columns.Select(atColumn => Predict(atRow, atColumn)).ToImmutableArray())]);
    }

    public static (ImmutableArray<ParallelAxis> Axes, ImmutableArray<ParallelLine> Lines) ParallelCoordinates(Study study, int objective = 0)
    {
        CheckObjective(study, objective);
        var history = Seen(study);
        var encoding = history.Encoding;
        var axes = encoding.Axes.Select(axis => new ParallelAxis(
            axis.Parameter.Name,
            axis.Value(0),
            axis.Value(axis.Kind == AxisKind.Categorical ? axis.Count - 1 : 1)));
        var lines = history.Observations
            .Where(seen => seen.Trial.State == TrialState.Complete && seen.Point is not null)
            .Select(seen => new ParallelLine(
                seen.Trial.Number,
                [.. seen.Point!.Select((coordinate, axis) => Position(encoding.Axes[axis], coordinate))],
                seen.Trial.Values[objective]));
        return ([.. axes], [.. lines]);
    }

    /// <summary>The hypervolume of the Pareto front after each trial; see <see cref="Study.Hypervolume"/>.</summary>
    /// <exception cref="TuningException">The reference has not one value per objective.</exception>
    public static ImmutableArray<double> HypervolumeHistory(Study study, params double[] reference)
    {
        if (reference.Length != study.Objectives.Length)
            throw new TuningException(TuningException.Setting, $"The reference point has {reference.Length} values for {study.Objectives.Length} objectives.");
        var losses = reference.Select((value, index) => study.Objectives[index].Loss(value)).ToArray();
        var seen = new List<double[]>();
        var volumes = ImmutableArray.CreateBuilder<double>();
        foreach (var trial in study.Trials)
        {
            if (study.IsResult(trial))
                seen.Add([.. trial.Values.Select((value, index) => study.Objectives[index].Loss(value))]);
            volumes.Add(ParetoOrder.Hypervolume(seen, losses));
        }

        return volumes.ToImmutable();
    }

    static double? Position(Axis axis, double coordinate) => double.IsNaN(coordinate) ? null
        : axis.Kind == AxisKind.Categorical ? axis.Count == 1 ? 0 : coordinate / (axis.Count - 1)
        : coordinate;

    static double[] Ticks(Axis axis, int resolution)
    {
        if (axis.Kind != AxisKind.Continuous && (axis.Count <= resolution || axis.Kind == AxisKind.Categorical))
            return [.. Enumerable.Range(0, axis.Count).Select(axis.LevelCoordinate)];
        return [.. Enumerable.Range(0, resolution).Select(i => axis.Snap(i / (double)Math.Max(1, resolution - 1))).Distinct()];
    }

    static void CheckObjective(Study study, int objective)
    {
        if (objective < 0 || objective >= study.Objectives.Length)
            throw new TuningException(TuningException.Setting, $"The study '{study.Name}' has no objective {objective}.");
    }

    /// <summary>The trials as points of a space that is as wide as they lie.</summary>
    static History Seen(Study study)
    {
        var history = new History(study.Space, study.Objectives);
        foreach (var trial in study.Trials)
            history.Update(trial);
        return history;
    }

    static TrialData Complete(Study study, int objective)
    {
        CheckObjective(study, objective);
        var history = Seen(study);
        var rows = history.Observations
            .Where(seen => seen.Trial.State == TrialState.Complete && double.IsFinite(seen.Trial.Values[objective]) && seen.Point is not null)
            .ToArray();
        return new(history.Encoding, [.. rows.Select(row => row.Point!)], [.. rows.Select(row => row.Losses[objective])]);
    }

    sealed record TrialData(SpaceEncoding Encoding, double[][] Points, double[] Losses)
    {
        public RandomForest Forest(bool warped) => new(Points, warped ? OutputWarp.Apply(Losses) : Losses, Encoding, 0);
    }
}
