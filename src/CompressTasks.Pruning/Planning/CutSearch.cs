using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Distributions;

namespace CompressTasks.Pruning.Planning;

/// <summary>Limits on the cost of a cut; null where there is none.</summary>
public sealed record CostLimits(long? Macs = null, long? Parameters = null, long? Bytes = null)
{
    public bool Allow(Cost cost) => !(cost.Macs > Macs) && !(cost.Parameters > Parameters) && !(cost.Bytes > Bytes);
}

/// <summary>The units that go and what is left.</summary>
/// <param name="Removed">One flag per unit.</param>
/// <param name="Cost">Of what is left.</param>
/// <param name="Depth">Position in the selection's family of cuts.</param>
public sealed record Cut(bool[] Removed, Cost Cost, int Depth);

/// <summary>Finds the smallest cut of a selection that meets all limits.</summary>
public sealed class CutSearch
{
    /// <summary>Bounds the work on large networks, where one unit is a small share anyway.</summary>
    const int MostFillTries = 256;

    /// <summary>A dear condition is not tested for cuts whose MACs lie nearer together than this part of the whole.</summary>
    const int FinestDearPart = 64;

    readonly PlannedCost cost;
    readonly UnitSelection selection;

    public CutSearch(CouplingGraph graph, UnitSelection selection)
    {
        cost = new PlannedCost(graph);
        this.selection = selection;
        Nothing = Evaluate(0);
        Shallowest = selection.Shallowest == 0 ? Nothing : Evaluate(selection.Shallowest);
        Everything = Evaluate(selection.Deepest);
    }

    /// <summary>The cut that removes nothing: the top of the feasible range.</summary>
    public Cut Nothing { get; }

    /// <summary>The smallest cut that is made: widths that are given, and nothing else. <see cref="Nothing"/> where none are.</summary>
    public Cut Shallowest { get; }

    /// <summary>The deepest cut: the bottom of the feasible range.</summary>
    public Cut Everything { get; }

    /// <summary>True where some cut keeps the limits.</summary>
    public bool CanReach(CostLimits limits) => limits.Allow(Everything.Cost);

    /// <summary>Bisection over the depth; the cost falls with it.</summary>
    /// <param name="limits">What the cut may cost.</param>
    /// <param name="accepts">
    /// A further condition that is dear to test and holds for deep cuts if for any, such as a measured latency; asked only for cuts
    /// that keep the limits. Null for none.
    /// </param>
    /// <returns>The shallowest cut that was found to keep everything, or null where not even the deepest one is accepted.</returns>
    /// <exception cref="PruningException">CMP0602 where the deepest cut does not meet the limits.</exception>
    public Cut? Find(CostLimits limits, Func<Cut, bool>? accepts)
    {
        var cut = Find(limits);
        if (accepts is null || accepts(cut)) return cut;
        return Bisect(cut, accepts, Nothing.Cost.Macs / FinestDearPart) is var found && (found.Depth < selection.Deepest || accepts(found)) ? found : null;
    }

    /// <inheritdoc cref="Find(CostLimits, Func{Cut, bool})"/>
    public Cut Find(CostLimits limits)
    {
        if (limits.Allow(Shallowest.Cost)) return Shallowest;
        if (!CanReach(limits))
        {
            throw new PruningException(
                PruningException.OutOfReach,
                FormattableString.Invariant($"The budget is out of reach: removing all that can go leaves {Everything.Cost.Macs} MACs, ")
                    + FormattableString.Invariant($"{Everything.Cost.Parameters} parameters and {Everything.Cost.Bytes} bytes."),
                hint: "Raise the budget, or see the table of layers for what stands in the way.");
        }

        return Fill(Bisect(Shallowest, cut => limits.Allow(cut.Cost), 0), limits);
    }

    /// <summary>The deepest cut for which something holds that holds for no deeper one, such as how much importance it leaves.</summary>
    /// <returns>Null where it does not even hold for the shallowest.</returns>
    public Cut? DeepestWhile(Func<Cut, bool> holds)
    {
        if (!holds(Shallowest)) return null;
        if (holds(Everything)) return Everything;
        var (best, depth) = (Shallowest, Everything.Depth);
        while (depth - best.Depth > 1)
        {
            var candidate = Evaluate(best.Depth + ((depth - best.Depth) / 2));
            if (holds(candidate)) best = candidate;
            else depth = candidate.Depth;
        }

        return best;
    }

    /// <summary>
    /// One step of depth may take a wide unit, or a rounded block, and overshoot; others are given back, the most important first, as
    /// long as the limits allow it. Rounded widths get whole blocks.
    /// </summary>
    Cut Fill(Cut cut, CostLimits limits)
    {
        var removed = (bool[])cut.Removed.Clone();
        var best = cut.Cost;
        var tries = MostFillTries;
        foreach (var block in selection.BlocksOf(removed))
        {
            if (tries-- == 0) break;
            foreach (var unit in block) removed[unit] = false;
            var filled = cost.Of(removed);
            if (limits.Allow(filled)) best = filled;
            else foreach (var unit in block) removed[unit] = true;
        }

        return new Cut(removed, best, cut.Depth);
    }

    /// <summary>The shallowest cut between one that is not accepted and the deepest, which is taken to be.</summary>
    /// <param name="finest">Difference in MACs below which no further cut is tried.</param>
    Cut Bisect(Cut rejected, Func<Cut, bool> accepts, long finest)
    {
        var best = Everything;
        while (best.Depth - rejected.Depth > 1 && (finest == 0 || rejected.Cost.Macs - best.Cost.Macs > finest))
        {
            var candidate = Evaluate(rejected.Depth + ((best.Depth - rejected.Depth) / 2));
            if (accepts(candidate)) best = candidate;
            else rejected = candidate;
        }

        return best;
    }

    Cut Evaluate(int depth)
    {
        var removed = selection.At(depth);
        return new Cut(removed, cost.Of(removed), depth);
    }
}
