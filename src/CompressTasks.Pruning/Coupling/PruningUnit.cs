namespace CompressTasks.Pruning.Coupling;

/// <summary>What a weight's axis does with the unit's indices.</summary>
public enum SliceRole
{
    /// <summary>The indices make the unit's output: rows of a weight, biases, normalisation vectors, constants.</summary>
    Produces,

    /// <summary>The indices are summed over by the node that reads the unit.</summary>
    Consumes,
}

/// <summary>The indices of one axis of one weight that belong to a unit.</summary>
public sealed record WeightSlice(string Initializer, int Axis, int[] Indices, SliceRole Role);

/// <summary>
/// What can only be removed together: a channel with every row, column, bias and statistic that hangs on it, or an attention head
/// with all of its rows in four matrices.
/// </summary>
/// <param name="Index">Position in <see cref="CouplingGraph.Units"/>.</param>
/// <param name="Group">Position in <see cref="CouplingGraph.Groups"/>.</param>
/// <param name="Slices">All weight slices that go with the unit.</param>
public sealed record PruningUnit(int Index, int Group, IReadOnlyList<WeightSlice> Slices)
{
    /// <summary>
    /// Null where removing the unit equals switching off its contribution. Else the node that takes statistics over the unit and others,
    /// so that those others come out changed.
    /// </summary>
    public FreezeReason? Inexact { get; init; }

    /// <summary>
    /// The slices that make the unit; a unit that no weight makes (it comes from an expanded axis) is judged by those that read it.
    /// </summary>
    public IEnumerable<WeightSlice> Makers
    {
        get
        {
            var makes = Slices.Any(slice => slice.Role == SliceRole.Produces);
            return Slices.Where(slice => !makes || slice.Role == SliceRole.Produces);
        }
    }
}

/// <summary>Units that are alternatives to each other because they lie along the same axes of the same weights: the channels of a layer.</summary>
/// <param name="Name">The first weight that they lie in.</param>
/// <param name="Units">Indices into <see cref="CouplingGraph.Units"/>, in the order of the axis.</param>
public sealed record UnitGroup(string Name, IReadOnlyList<int> Units);
