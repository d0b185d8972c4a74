using System.Globalization;

namespace CompressTasks.Tuning;

/// <summary>
/// A grid whose points lie in the middles of equal cells. When it refines, a quarter of the trials goes into the coarse grid; then a finer mesh
/// is laid around the best point, over two parameters at a time, again and again as long as there are trials: where the best point moves the mesh keeps its
/// width and follows it, to the border and (where the parameter may be extended) past it, elsewhere it is halved. Where no mesh has a point left that is allowed
/// and new, points are drawn at random, and meshes follow the best of them too.
/// </summary>
public sealed class GridSampler : ISampler
{
    const string Name = "grid";
    const int AssumedTrials = 100;

    /// <summary>Values per number on the first grid; as many as the trials allow when null. Choices are all tried as far as the trials allow.</summary>
    public int? Levels { get; init; }

    /// <summary>Whether finer meshes follow. Without them the study ends with the grid; where no point of it is allowed, that is an error.</summary>
    public bool Refining { get; init; } = true;

    public Proposal? Propose(SamplingContext context)
    {
        if (Levels < 1)
            throw new TuningException(TuningException.Setting, "A grid has at least one level.");
        var encoding = new SpaceEncoding(context.Space);
        var total = context.TotalTrials ?? AssumedTrials;
        var levels = CoarseGrid.Levels(encoding, Levels, Refining ? Math.Max(4, total / 4) : total, isAll: !Refining);
        foreach (var point in CoarseGrid.Points(encoding, levels, context.Seed))
            if (Offer(context, encoding, point, 0) is { } proposal)
                return proposal;
        if (Refining)
            return Refine(context, encoding, levels) ?? AtRandom(context, encoding);
        return CoarseGrid.Points(encoding, levels, context.Seed).Any(point => context.Space.Allows(encoding.Decode(point))) ? null : throw new TuningException(
            TuningException.Infeasible,
            "No point of the grid satisfies the known constraints.",
            "Loosen the constraints, give it more levels, or let it refine.");
    }

    /// <summary>The study refuses what is not allowed or known, and tells when nothing is left.</summary>
    static Proposal AtRandom(SamplingContext context, SpaceEncoding encoding)
    {
        var random = context.Random(13);
        return new(encoding.Decode(encoding.Draw(ref random)), "random");
    }

    /// <summary>Goes through the rounds as they were until one has a point left.</summary>
    static Proposal? Refine(SamplingContext context, SpaceEncoding encoding, int[] levels)
    {
        var ranked = Ranking.Order(context.History);
        var rounds = new Dictionary<int, List<RankedPoint>>();
        for (var rank = 0; rank < ranked.Count; rank++)
        {
            var trial = context.History.Observations[ranked[rank]].Trial;
            var point = new double[encoding.Dimensions];
            for (var axis = 0; axis < point.Length; axis++)
                point[axis] = trial.Configuration.TryGet(encoding.Axes[axis].Parameter.Name, out var value) ? encoding.Axes[axis].Coordinate(value) : double.NaN;
            var round = trial.Origin.StartsWith(Name, StringComparison.Ordinal) ? int.Parse(trial.Origin.AsSpan(Name.Length), CultureInfo.InvariantCulture) : 0;
            if (!rounds.TryGetValue(round, out var members))
                rounds.Add(round, members = []);
            var losses = context.History.Observations[ranked[rank]].Losses;
            members.Add(new(point, rank, losses.Length > 0 ? losses[0] : double.PositiveInfinity));
        }

        if (!rounds.TryGetValue(0, out var first))
            return null;
        var mesh = new Mesh(encoding, levels, first);
        for (var round = 1; mesh.Next(); round++)
        {
            foreach (var point in mesh.Points())
                if (Offer(context, encoding, point, round) is { } proposal)
                    return proposal;
            mesh.Learn(rounds.GetValueOrDefault(round) ?? []);
        }

        return null;
    }

    static Proposal? Offer(SamplingContext context, SpaceEncoding encoding, double[] point, int round)
    {
        var values = new List<KeyValuePair<string, ParameterValue>>(point.Length);
        for (var axis = 0; axis < point.Length; axis++)
            if (!double.IsNaN(point[axis]))
                values.Add(KeyValuePair.Create(encoding.Axes[axis].Parameter.Name, encoding.Axes[axis].ValueBeyond(point[axis])));
        var configuration = new Configuration(values);
        return context.Space.Allows(configuration) && !context.History.Contains(configuration)
            ? new(configuration, string.Create(CultureInfo.InvariantCulture, $"{Name} {round}"))
            : null;
    }
}
