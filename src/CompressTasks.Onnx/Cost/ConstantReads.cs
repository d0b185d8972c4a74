using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>A tensor stored in the model, by the name of its initializer or of the Constant node's output.</summary>
/// <param name="IsDequantised">Integers that are read as the floating point numbers that they stand for.</param>
readonly record struct StoredConstant(string Name, DataType Type, long Elements, bool IsDequantised);

/// <summary>One input of one node that is a stored tensor, or made of some by operators that only rearrange.</summary>
readonly record struct ConstantRead(NodeProto Node, int Input, StoredConstant Constant);

/// <summary>Which node reads which stored tensor, seen through operators that only rearrange numbers.</summary>
static class ConstantReads
{
    /// <summary>Operators whose outputs are their first input's numbers, all or some of them, in another order, shape or type.</summary>
    static readonly HashSet<string> Rearranging = new(
        ["Transpose", "Reshape", "Flatten", "Unsqueeze", "Squeeze", "Identity", "Cast", "Expand", "Slice", "Split", "DequantizeLinear"],
        StringComparer.Ordinal);

    /// <returns>In the order of nodes and inputs.</returns>
    public static List<ConstantRead> Of(GraphProto graph)
    {
        var sources = Initializers(graph);
        var reads = new List<ConstantRead>();
        foreach (var node in graph.Node)
        {
            if (ConstantValues.TensorOf(node) is { } tensor)
            {
                sources[node.Output[0]] = [Stored(node.Output[0], tensor)];
            }
            else if (Rearranged(node, sources) is { } parts)
            {
                foreach (var output in node.Output) sources[output] = parts;
            }
            else
            {
                for (var input = 0; input < node.Input.Count; input++)
                {
                    if (!sources.TryGetValue(node.Input[input], out var constants)) continue;
                    foreach (var constant in constants) reads.Add(new(node, input, constant));
                }
            }
        }

        return reads;
    }

    static Dictionary<string, StoredConstant[]> Initializers(GraphProto graph)
    {
        var sources = new Dictionary<string, StoredConstant[]>(StringComparer.Ordinal);
        foreach (var initializer in graph.Initializer) sources[initializer.Name] = [Stored(initializer.Name, initializer)];
        foreach (var sparse in graph.SparseInitializer)
        {
            if (sparse.Values is not { } values) continue;
            var elements = sparse.Dims.Aggregate(1L, (product, length) => checked(product * length));
            sources[values.Name] = [new(values.Name, values.ElementType(), elements, false)];
        }

        return sources;
    }

    /// <returns>What the node's output is made of, or null where that is no stored tensor.</returns>
    static StoredConstant[]? Rearranged(NodeProto node, Dictionary<string, StoredConstant[]> sources)
    {
        if (node.Domain is not ("" or "ai.onnx")) return null;
        // Every input constant: an activation that is concatenated to a tensor does not make it a weight.
        if (node.OpType == "Concat") return node.Input.All(sources.ContainsKey) ? [.. node.Input.SelectMany(input => sources[input])] : null;
        if (!Rearranging.Contains(node.OpType) || !sources.TryGetValue(node.Input[0], out var parts)) return null;
        return node.OpType == "DequantizeLinear" ? Array.ConvertAll(parts, part => part with { IsDequantised = true }) : parts;
    }

    static StoredConstant Stored(string name, TensorProto tensor) => new(name, tensor.ElementType(), tensor.ElementCount(), false);
}
