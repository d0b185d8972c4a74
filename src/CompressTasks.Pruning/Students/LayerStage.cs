using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Students;

/// <summary>The layers of one resolution and one width: they are narrowed by one factor.</summary>
/// <param name="Resolution">Lengths of the axes beside batch and channels of what the layers make; empty for vectors.</param>
/// <param name="Width">Units of each group.</param>
/// <param name="Groups">Positions in <see cref="CouplingGraph.Groups"/>.</param>
public sealed record LayerStage(IReadOnlyList<long> Resolution, int Width, IReadOnlyList<int> Groups)
{
    /// <summary>For people, such as <c>16 at 32x32</c>.</summary>
    public string Name => Resolution.Count == 0 ? FormattableString.Invariant($"{Width}") : FormattableString.Invariant($"{Width} at {string.Join('x', Resolution)}");

    /// <summary>The stages of a network from its input to its output, by the first layer of each. Every group is in one.</summary>
    public static IReadOnlyList<LayerStage> Of(CouplingGraph graph)
    {
        var groupsOf = graph.Groups
            .SelectMany(layers => graph.Units[layers.Units[0]].Makers.Select(slice => (slice.Initializer, graph.Units[layers.Units[0]].Group)))
            .ToLookup(pair => pair.Initializer, pair => pair.Group, StringComparer.Ordinal);
        var seen = new HashSet<int>();
        var stages = new List<(string Key, long[] Resolution, int Width, List<int> Groups)>();
        foreach (var node in graph.Model.Graph.Node)
        {
            foreach (var group in node.Input.SelectMany(input => groupsOf[input]).Where(seen.Add))
            {
                var resolution = ResolutionOf(graph, node.Output.First(output => output.Length > 0));
                var width = graph.Groups[group].Units.Count;
                var key = FormattableString.Invariant($"{width} {string.Join('x', resolution)}");
                var known = stages.FindIndex(stage => stage.Key == key);
                if (known >= 0) stages[known].Groups.Add(group);
                else stages.Add((key, resolution, width, [group]));
            }
        }

        return [.. stages.Select(stage => new LayerStage(stage.Resolution, stage.Width, stage.Groups))];
    }

    static long[] ResolutionOf(CouplingGraph graph, string value) =>
        graph.Shapes.TryGetKnown(value, out var lengths) ? [.. lengths.Where((_, axis) => axis > 0 && graph.Axis(value, axis) is null)] : [];
}
