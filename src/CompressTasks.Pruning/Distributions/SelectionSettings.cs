using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pruning.Distributions;

/// <summary>How scores become cuts.</summary>
public sealed record SelectionSettings(Distribution Distribution = Distribution.Global)
{
    /// <summary>Kept units per group are rounded to a multiple of this where the group is wider; 1 for none.</summary>
    public int RoundTo { get; init; } = 1;

    /// <summary>For the distributions in which units compete by their scores.</summary>
    public GroupNormalization Normalization { get; init; }

    /// <summary>Largest share of a group that may go, 0 to 1. At least one unit stays at any rate.</summary>
    public double MostPerGroup { get; init; } = 1;

    /// <summary>Smallest share of a group that stays, 0 to 1.</summary>
    public double LeastPerGroup { get; init; }

    /// <summary>
    /// For each group the share of its units, above 0 to 1, that stays in every cut but the empty one; null for a group that is cut as deep as it needs. Null: all are.
    /// </summary>
    public IReadOnlyList<double?>? Kept { get; init; }

    /// <summary>Groups that may be cut, by index; null for all.</summary>
    public IReadOnlySet<int>? Groups { get; init; }

    /// <summary>
    /// For <see cref="Distribution.Uniform"/>: one positive exponent for each group of the graph, which keeps the common share to that power. Null: all
    /// groups keep the same share.
    /// </summary>
    public IReadOnlyList<double>? Exponents { get; init; }

    /// <summary>For <see cref="Distribution.Sensitivity"/>: one curve for each group of the graph, null where it was not measured.</summary>
    public IReadOnlyList<SensitivityCurve?>? Curves { get; init; }

    /// <summary>For <see cref="Distribution.Budget"/>: the cost that importance is weighed against.</summary>
    public CostUnit CostUnit { get; init; }

    /// <summary>For <see cref="CostUnit.Milliseconds"/>: what each layer was measured to take at several widths.</summary>
    public IReadOnlyList<LayerLatency>? Latencies { get; init; }

    /// <summary>What cap and floor keep of a group, at least one unit.</summary>
    internal int FewestOf(int width)
    {
        const double Rounding = 1e-9;
        var floor = (int)Math.Ceiling((LeastPerGroup * width) - Rounding);
        var cap = width - (int)Math.Floor((MostPerGroup * width) + Rounding);
        return Math.Max(1, Math.Max(floor, cap));
    }
}
