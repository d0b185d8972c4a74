using CompressTasks.Onnx.Schema;
using Google.Protobuf.Collections;

namespace CompressTasks.Onnx;

/// <summary>Removes nodes, initializers and value descriptions that no graph output depends on.</summary>
public static class RemoveDeadNodes
{
    public static bool Apply(OnnxModel model)
    {
        var graph = model.Graph;
        var needed = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var alive = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        for (var i = graph.Node.Count - 1; i >= 0; i--)
        {
            var node = graph.Node[i];
            if (!node.Output.Any(needed.Contains)) continue;
            alive.Add(node);
            needed.UnionWith(node.Input);
            needed.UnionWith(Subgraphs.CapturedValues(node));
        }

        // An input that lost its initializer would have to be fed, so initializers that are listed as inputs stay.
        needed.UnionWith(graph.Input.Select(input => input.Name));
        var changed = Keep(graph.Node, alive.Contains);
        changed |= Keep(graph.Initializer, initializer => needed.Contains(initializer.Name));
        changed |= Keep(graph.SparseInitializer, sparse => sparse.Values is null || needed.Contains(sparse.Values.Name));
        var produced = graph.Node.SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        Keep(graph.ValueInfo, value => produced.Contains(value.Name));
        return changed;
    }

    static bool Keep<T>(RepeatedField<T> list, Func<T, bool> isKept)
    {
        T[] kept = [.. list.Where(isKept)];
        if (kept.Length == list.Count) return false;
        list.Clear();
        list.AddRange(kept);
        return true;
    }
}
