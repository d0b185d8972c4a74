using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Distributions;

namespace CompressTasks.Pruning.Planning;

/// <summary>Limits on the cost of a cut; null where there is none.</summary>
public sealed record CostLimits(long? Macs = null, long? Parameters = null, long? Bytes = null)
{
    public bool Allow(Cost cost) => !(cost.Macs > Macs) && !(cost.Parameters > Parameters) && !(cost.Bytes > Bytes);
}

/// <summary>The units that go and what is left.</summary>
public sealed record Cut(bool[] Removed, Cost Cost);

/// <summary>Finds the smallest cut of a selection that meets all limits.</summary>
public sealed class CutSearch
{
    readonly PlannedCost cost;
    readonly UnitSelection selection;

    public CutSearch(CouplingGraph graph, UnitSelection selection)
    {
        cost = new PlannedCost(graph);
        this.selection = selection;
        Nothing = Evaluate(0);
        Everything = Evaluate(selection.Deepest);
    }

    /// <summary>The cut that removes nothing: the top of the feasible range.</summary>
    public Cut Nothing { get; }

    /// <summary>The deepest cut: the bottom of the feasible range.</summary>
    public Cut Everything { get; }

    /// <summary>Bisection over the depth; the cost falls with it.</summary>
    /// <exception cref="PruningException">CMP0602 where the deepest cut does not meet the limits.</exception>
    public Cut Find(CostLimits limits)
    {
        if (limits.Allow(Nothing.Cost)) return Nothing;
        if (!limits.Allow(Everything.Cost))
        {
            throw new PruningException(
                PruningException.OutOfReach,
                FormattableString.Invariant($"The budget is out of reach: removing all that can go leaves {Everything.Cost.Macs} MACs, {Everything.Cost.Parameters} parameters and {Everything.Cost.Bytes} bytes."),
                hint: "Raise the budget, or see the table of layers for what stands in the way.");
        }

        var (shallow, deep, best) = (0, selection.Deepest, Everything);
        while (deep - shallow > 1)
        {
            var middle = shallow + ((deep - shallow) / 2);
            var candidate = Evaluate(middle);
            if (limits.Allow(candidate.Cost)) (deep, best) = (middle, candidate);
            else shallow = middle;
        }

        return best;
    }

    Cut Evaluate(int depth)
    {
        var removed = selection.At(depth);
        return new Cut(removed, cost.Of(removed));
    }
}
