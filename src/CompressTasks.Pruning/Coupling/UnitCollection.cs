using CompressTasks.Onnx;

namespace CompressTasks.Pruning.Coupling;

/// <summary>Gathers the weight slices of each atom, and the groups of units that lie along the same axes.</summary>
static class UnitCollection
{
    public static (IReadOnlyList<PruningUnit> Units, IReadOnlyList<UnitGroup> Groups) Collect(
        OnnxModel model, CouplingContext context, LabelResolution resolution, Dictionary<int, int> unitsByAtom)
    {
        var consumed = context.WeightUses.Select(use => (use.Initializer, use.Axis)).ToHashSet();
        var slices = new List<List<WeightSlice>>();
        foreach (var initializer in model.Graph.Initializer)
        {
            if (!context.Axes.TryGetValue(initializer.Name, out var axes)) continue;
            for (var axis = 0; axis < axes.Length; axis++)
            {
                if (axes[axis] is not { } labels) continue;
                var role = consumed.Contains((initializer.Name, axis)) ? SliceRole.Consumes : SliceRole.Produces;
                foreach (var (unit, indices) in IndicesByUnit(labels, resolution, unitsByAtom))
                {
                    while (slices.Count <= unit) slices.Add([]);
                    slices[unit].Add(new WeightSlice(initializer.Name, axis, [.. indices], role));
                }
            }
        }

        return Group(slices);
    }

    static Dictionary<int, List<int>> IndicesByUnit(int[] labels, LabelResolution resolution, Dictionary<int, int> unitsByAtom)
    {
        var found = new Dictionary<int, List<int>>();
        for (var index = 0; index < labels.Length; index++)
        {
            foreach (var atom in resolution.AtomsOf(labels[index]))
            {
                if (!unitsByAtom.TryGetValue(atom, out var unit)) unitsByAtom[atom] = unit = unitsByAtom.Count;
                if (!found.TryGetValue(unit, out var indices)) found[unit] = indices = [];
                indices.Add(index);
            }
        }

        return found;
    }

    static (IReadOnlyList<PruningUnit> Units, IReadOnlyList<UnitGroup> Groups) Group(List<List<WeightSlice>> slices)
    {
        var units = new List<PruningUnit>();
        var members = new List<List<int>>();
        var groups = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var list in slices)
        {
            var signature = string.Join('\n', list.Select(slice => $"{slice.Initializer}\t{slice.Axis}\t{slice.Indices.Length}"));
            if (!groups.TryGetValue(signature, out var group))
            {
                groups[signature] = group = groups.Count;
                members.Add([]);
            }

            members[group].Add(units.Count);
            units.Add(new PruningUnit(units.Count, group, list));
        }

        return (units, [.. members.Select(group => new UnitGroup(slices[group[0]][0].Initializer, group))]);
    }
}
