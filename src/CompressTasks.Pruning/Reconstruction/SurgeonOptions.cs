namespace CompressTasks.Pruning.Reconstruction;

/// <summary>How <see cref="OptimalBrainSurgeon"/> works.</summary>
public sealed record SurgeonOptions
{
    /// <summary>Added to the diagonal of a layer's second moments, as a share of the diagonal's mean; above 0.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>Columns whose updates are gathered before they reach the columns behind them.</summary>
    public int BlockSize { get; init; } = 128;

    /// <summary>
    /// True: each layer sees what the layers before it, pruned already, hand on, at the cost of a pass over the data for each layer. False: what
    /// they handed on before, in as few passes as memory allows.
    /// </summary>
    public bool Sequential { get; init; } = true;

    /// <summary>
    /// A layer is solved exactly where that takes no more multiply-adds than this: row by row the weights go one at a time, each time the one that
    /// costs least (see <see cref="RowElimination.Effort"/>), and those that stay are the least-squares optimum (a third of the sum of kept^3 over
    /// all rows). Otherwise the layer is swept by columns.
    /// </summary>
    public double ExactBelow { get; init; } = 2e10;

    /// <summary>Memory for the moments of several layers at once.</summary>
    public long MomentBytes { get; init; } = 1L << 30;
}
