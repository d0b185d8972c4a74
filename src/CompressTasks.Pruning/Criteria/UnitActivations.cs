using CompressTasks.Pruning.Coupling;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// Where each group's units can be watched: the values that layers read, and along one of their axes the places of each unit. A group that no
/// layer reads is watched where its last node writes it.
/// </summary>
sealed class UnitActivations
{
    readonly CouplingGraph graph;
    readonly List<(string Value, int Axis, int Group, long[] Places)> views = [];

    public UnitActivations(CouplingGraph graph)
    {
        this.graph = graph;
        var read = graph.WeightUses.Where(use => use.Node.Input[1] == use.Initializer).Select(use => use.Node.Input[0]).Distinct().ToArray();
        foreach (var value in read) Watch(value, _ => true);
        var unseen = graph.Groups.Select((_, group) => group).Except(views.Select(view => view.Group)).ToHashSet();
        foreach (var node in graph.Model.Graph.Node.Reverse())
        {
            foreach (var group in Watch(node.Output[0], unseen.Contains)) unseen.Remove(group);
        }
    }

    /// <summary>Shows each group's activations, batch after batch.</summary>
    /// <param name="batches">Batches of inputs, labels unused; each is disposed after use.</param>
    /// <param name="see">Gets the group and [observations, units of the group], in an open dispose scope.</param>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public void Visit(GraphModule module, IEnumerable<Batch> batches, Action<int, Tensor> see, CancellationToken cancellation)
    {
        string[] names = [.. views.Select(view => view.Value).Distinct()];
        using var noGradient = no_grad();
        using var outer = NewDisposeScope();
        var places = views.ConvertAll(view => tensor(view.Places));
        module.eval();
        var count = 0;
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var owned = batch;
            var values = names.Zip(module.Run([batch.Inputs], names)).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
            foreach (var (view, index) in views.Zip(places))
            {
                using var inner = NewDisposeScope();
                var value = values[view.Value];
                var units = graph.Groups[view.Group].Units.Count;
                see(view.Group, value.movedim([view.Axis], [value.dim() - 1]).index_select(-1, index.to(value.device)).reshape(-1, units));
            }

            count++;
        }

        if (count == 0) throw new PruningException(PruningException.CriterionNeedsData, "The units' activations were to be measured, and no batch of data was given.", hint: "Give training data, or choose the criterion l2.");
    }

    /// <summary>Adds the views that a value gives of groups.</summary>
    int[] Watch(string value, Predicate<int> wanted)
    {
        var found = new List<int>();
        for (var axis = 0; axis < (graph.Shapes.Of(value)?.Count ?? 0); axis++)
        {
            if (graph.Axis(value, axis) is not { } tracked) continue;
            foreach (var group in PlacesByUnit(tracked).GroupBy(pair => graph.Units[pair.Key].Group).Where(group => wanted(group.Key)))
            {
                // A part of a group (one branch of a concatenation reads half of it) cannot be compared with the rest.
                var lists = graph.Groups[group.Key].Units.Select(unit => group.FirstOrDefault(pair => pair.Key == unit).Value).ToArray();
                if (lists.Any(list => list is null || list.Count != lists[0].Count)) continue;
                // Place by place, all units each: what a unit shows at several places are several observations.
                views.Add((value, axis, group.Key, [.. Enumerable.Range(0, lists[0].Count).SelectMany(place => lists.Select(list => (long)list[place]))]));
                found.Add(group.Key);
            }
        }

        return [.. found];
    }

    static Dictionary<int, List<int>> PlacesByUnit(TrackedAxis axis)
    {
        var places = new Dictionary<int, List<int>>();
        for (var index = 0; index < axis.Length; index++)
        {
            foreach (var unit in axis.UnitsOf(index))
            {
                if (!places.TryGetValue(unit, out var list)) places[unit] = list = [];
                list.Add(index);
            }
        }

        return places;
    }
}
