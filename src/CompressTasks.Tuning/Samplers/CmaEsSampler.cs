using System.Globalization;

namespace CompressTasks.Tuning;

/// <summary>
/// Covariance matrix adaptation: for hundreds to thousands of cheap trials of numbers. Whole numbers keep a spread of at least a step; choices and
/// conditional parameters are drawn by <see cref="TpeSampler"/>. Starts around the best trial; when the distribution has shrunk to nothing it starts
/// again elsewhere with twice the population. Its state is computed from the trials, so resumed studies go on with it.
/// </summary>
public sealed class CmaEsSampler : ISampler
{
    const string Name = "cmaes";

    readonly TpeSampler _others = new() { Model = TpeModel.Independent };
    readonly SobolSampler _start = new();

    /// <summary>Points per generation, at least 2; 4 + 3 ln(number of parameters) when null.</summary>
    public int? Population { get; init; }

    /// <summary>Suggested by Sobol points before; the best of them is where it begins.</summary>
    public int StartupTrials { get; init; } = 8;

    public Proposal? Propose(SamplingContext context)
    {
        if (Population < 2)
            throw new TuningException(TuningException.Setting, "A generation has at least two points.");
        var history = context.History;
        var encoding = history.Encoding;
        var numeric = Enumerable.Range(0, encoding.Dimensions)
            .Where(axis => encoding.Axes[axis].Kind != AxisKind.Categorical && !encoding.Axes[axis].IsFixed && encoding.ConditionsOf(axis).Count == 0)
            .ToArray();
        if (history.FinishedCount < StartupTrials || numeric.Length == 0)
            return numeric.Length == 0 ? _others.Propose(context) : _start.Propose(context);

        var (state, generation) = Replay(history, numeric, context.Seed);
        var random = context.Random(4);
        var point = new double[encoding.Dimensions];
        Array.Fill(point, double.NaN);
        if (numeric.Length < encoding.Dimensions && _others.Propose(context) is { } others && encoding.Encode(others.Configuration) is { } rest)
            rest.CopyTo(point, 0);
        var drawn = Inside(state, encoding, numeric, ref random);
        for (var i = 0; i < numeric.Length; i++)
            point[numeric[i]] = drawn[i];
        encoding.Repair(point);
        return new(encoding.Decode(point), string.Create(CultureInfo.InvariantCulture, $"{Name} {generation}"));
    }

    /// <summary>Draws again while outside the box; after some tries clips.</summary>
    static double[] Inside(CmaEs state, SpaceEncoding encoding, int[] numeric, ref RandomStream random)
    {
        double[] drawn = [];
        for (var i = 0; i < 20; i++)
        {
            drawn = state.Draw(ref random);
            // Between two whole numbers a shrunken distribution would stand still.
            for (var axis = 0; axis < drawn.Length; axis++)
            {
                var half = encoding.Axes[numeric[axis]].Count == 0 ? 0 : 0.3 / encoding.Axes[numeric[axis]].Count;
                if (half > state.Deviation(axis))
                    drawn[axis] += half * random.NextNormal();
            }

            if (drawn.All(x => x is >= 0 and <= 1))
                break;
        }

        return drawn;
    }

    (CmaEs State, int Generation) Replay(History history, int[] numeric, long seed)
    {
        var population = Population ?? 4 + (int)(3 * Math.Log(numeric.Length));
        var byGeneration = history.Observations
            .Where(observation => observation.Point is not null && observation.Trial.IsFinished && IsOwn(observation))
            .ToLookup(observation => int.Parse(observation.Trial.Origin.AsSpan(Name.Length), CultureInfo.InvariantCulture));
        var ranks = Ranking.Order(history).Select((number, rank) => (number, rank)).ToDictionary(pair => pair.number, pair => pair.rank);
        var first = history.Observations
            .Where(observation => !IsOwn(observation) && ranks.ContainsKey(observation.Trial.Number))
            .MinBy(observation => ranks[observation.Trial.Number]);
        var state = new CmaEs(first is null ? [.. numeric.Select(_ => 0.5)] : Project(first.Point!, numeric), population);
        for (var generation = 0; ; generation++)
        {
            var members = byGeneration[generation].Take(state.Population).ToList();
            if (members.Count < state.Population)
                return (state, generation);
            state.Update([.. members.OrderBy(member => ranks[member.Trial.Number]).Select(member => Project(member.Point!, numeric))]);
            if (state.IsDone)
            {
                var random = new RandomStream(seed, generation, 7);
                state = new([.. numeric.Select(_ => random.NextDouble())], Math.Min(state.Population * 2, 200));
            }
        }
    }

    static bool IsOwn(Observation observation) => observation.Trial.Origin.StartsWith(Name, StringComparison.Ordinal);

    static double[] Project(double[] point, int[] axes) => [.. axes.Select(axis => double.IsNaN(point[axis]) ? 0.5 : point[axis])];
}
