using System.Globalization;

namespace CompressTasks.Tuning;

/// <summary>
/// Tree-structured Parzen estimator (Bergstra et al. 2011). Trials are split into the good tenth and the rest; a density is fitted to each; of the
/// candidates drawn from the good one, that with the largest ratio of both is suggested. Running trials count among the rest, so that parallel workers
/// keep apart. Pruned, infeasible and failed trials are ranked behind the complete ones.
/// </summary>
public sealed class TpeSampler : ISampler
{
    const int FullWeightTrials = 25;

    readonly SobolSampler _start = new();

    /// <summary>Suggested by scrambled Sobol points before the first density is fitted; 10 by default.</summary>
    public int StartupTrials { get; init; } = 10;

    public TpeModel Model { get; init; } = TpeModel.Joint;

    /// <summary>Candidates drawn from the good density for each suggestion.</summary>
    public int Candidates { get; init; } = 24;

    public Proposal? Propose(SamplingContext context)
    {
        if (context.History.FinishedCount < StartupTrials)
            return _start.Propose(context);

        var history = context.History;
        var encoding = history.Encoding;
        var order = Ranking.Order(history);
        var goodCount = Math.Min((int)Math.Ceiling(0.1 * order.Count), history.Objectives.Length > 1 ? int.MaxValue : 25);
        var good = order.Take(goodCount).Order().ToList();
        var isGood = new bool[history.Observations.Count];
        foreach (var number in good)
            isGood[number] = true;
        var rest = new List<int>(history.Observations.Count);
        foreach (var observation in history.Observations)
            if (observation.Point is not null && !isGood[observation.Trial.Number])
                rest.Add(observation.Trial.Number);

        var random = context.Random(3);
        var count = Math.Max(1, Candidates);
        var points = new double[count][];
        for (var i = 0; i < count; i++)
            points[i] = new double[encoding.Dimensions];
        var scores = new double[count];
        // Half of the candidates mix good trials, or a choice that all good ones share by chance would never change. Where parameters exist only
        // under others, such mixtures are none of them.
        var mayCross = !encoding.HasConditions;
        foreach (var axes in Groups(encoding))
        {
            var better = Mixture(history, axes, good, forget: false);
            var worse = Mixture(history, axes, rest, forget: true);
            for (var i = 0; i < count; i++)
                better.Draw(points[i], ref random, crossed: mayCross && i % 2 == 1);
            if (Model != TpeModel.Joint)
                Array.Clear(scores);
            better.AddLogDensities(points, scores, 1);
            worse.AddLogDensities(points, scores, -1);
            if (Model != TpeModel.Joint)
                KeepBest(points, scores, axes);
        }

        return new(Choose(context, points, scores), "tpe");
    }

    /// <summary>The best candidate that is welcome; the best at all when none is, for the study to draw again.</summary>
    static Configuration Choose(SamplingContext context, double[][] points, double[] scores)
    {
        var order = new int[scores.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort([.. scores.Select(score => -score)], order);
        Configuration? best = null;
        foreach (var index in order)
        {
            var candidate = context.History.Encoding.Decode(points[index]);
            if (context.IsWelcome(candidate))
                return candidate;
            best ??= candidate;
        }

        return best!;
    }

    static void KeepBest(double[][] points, double[] scores, int[] axes)
    {
        var best = Array.IndexOf(scores, scores.Max());
        foreach (var point in points)
            foreach (var axis in axes)
                point[axis] = points[best][axis];
    }

    static ParzenMixture Mixture(History history, int[] axes, List<int> numbers, bool forget)
    {
        // Where the axes exist in none of a trial's values it says nothing of them.
        var members = axes.Length == history.Encoding.Dimensions
            ? numbers
            : numbers.Where(number => axes.Any(axis => !double.IsNaN(history.Observations[number].Point![axis]))).ToList();
        var componentOf = new int[history.Observations.Count];
        Array.Fill(componentOf, -1);
        for (var component = 0; component < members.Count; component++)
            componentOf[members[component]] = component;
        var weights = new double[members.Count + 1];
        Array.Fill(weights, 1);
        if (forget && history.Objectives.Length == 1)
            Forget(weights.AsSpan(0, members.Count));
        return new(history, axes, members, componentOf, weights, 1.0 / Math.Min(100, 1 + weights.Length));
    }

    /// <summary>The newest have full weight, older ones less and less.</summary>
    static void Forget(Span<double> weights)
    {
        var ramp = weights.Length - FullWeightTrials;
        for (var i = 0; i < ramp; i++)
            weights[i] = (1.0 / weights.Length) + (i * (1 - (1.0 / weights.Length)) / Math.Max(1, ramp - 1));
    }

    IEnumerable<int[]> Groups(SpaceEncoding encoding)
    {
        var all = Enumerable.Range(0, encoding.Dimensions);
        return Model switch
        {
            TpeModel.Joint => [[.. all]],
            TpeModel.Independent => all.Select(axis => new[] { axis }),
            // Parents precede their children, so groups come in an order in which conditions can be decided.
            _ => all.GroupBy(axis => string.Join('|', encoding.ConditionsOf(axis).Select(Describe))).Select(group => group.ToArray()),
        };
    }

    static string Describe((int Parent, Condition Condition) pair) =>
        string.Create(CultureInfo.InvariantCulture, $"{pair.Parent}:{string.Join(',', pair.Condition.AnyOf)}:{pair.Condition.AtLeast}:{pair.Condition.AtMost}");
}
