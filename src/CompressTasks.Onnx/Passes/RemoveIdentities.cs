using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// Removes nodes that give their first input on unchanged: Identity, Dropout while inferring, casts to the same type, reshapes to the same
/// shape,
/// permutations that permute nothing, slices of everything and the like.
/// </summary>
static class RemoveIdentities
{
    public static bool Apply(OnnxModel model)
    {
        var graph = model.Graph;
        var shapes = ShapeInference.Infer(model);
        var index = new GraphIndex(graph);
        var replacements = new Dictionary<string, string>(StringComparer.Ordinal);
        var removed = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var claimed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            if (!IsIdentity(node, model.Opset, shapes, index)) continue;
            var (input, output) = (node.Input[0], node.Output[0]);
            input = replacements.GetValueOrDefault(input, input);
            if (index.Outputs.Contains(output))
            {
                // A graph output keeps its name, so the node that makes the value has to make it under that name.
                if (index.Outputs.Contains(input) || claimed.ContainsKey(input) || index.Producer(input) is null || CapturedBySubgraph(index, input))
                {
                    continue;
                }
                claimed[input] = output;
            }
            else
            {
                if (CapturedBySubgraph(index, output)) continue;
                replacements[output] = input;
            }

            removed.Add(node);
        }

        if (removed.Count == 0) return false;
        NodeProto[] kept = [.. graph.Node.Where(node => !removed.Contains(node))];
        ValueRenaming.Apply(kept, replacements);
        ValueRenaming.Apply(kept, claimed);
        foreach (var (value, name) in claimed)
        {
            var producer = index.Producer(value)!;
            producer.Output[producer.Output.IndexOf(value)] = name;
        }

        graph.Node.Clear();
        graph.Node.AddRange(kept);
        return true;
    }

    static bool CapturedBySubgraph(GraphIndex index, string value) =>
        index.Consumers(value).Any(consumer => !consumer.Input.Contains(value));

    static bool IsIdentity(NodeProto node, int opset, GraphShapes shapes, GraphIndex index)
    {
        if (node.Domain is not ("" or "ai.onnx") || node.InputOrNull(0) is not { } input || node.OutputOrNull(0) is not { } output)
        {
            return false;
        }
        return node.OpType switch
        {
            "Identity" => true,
            "Dropout" => IsInferenceDropout(node, opset, shapes, index),
            "Cast" => shapes.ElementType(input) is var type && type != TensorProto.Types.DataType.Undefined && (long)type == node.Int("to", 0),
            "Concat" or "Sum" or "Mean" or "Max" or "Min" => node.Input.Count == 1,
            "Transpose" => node.Ints("perm") is { } order && order.Index().All(pair => pair.Item == pair.Index),
            "Pad" => (node.Ints("pads") ?? Constant(node, 1, shapes)) is { } pads && Array.TrueForAll(pads, pad => pad == 0),
            "Slice" => TakesForward(node, shapes) && SameShape(shapes, input, output),
            "Reshape" or "Flatten" or "Expand" or "Tile" or "Squeeze" or "Unsqueeze" => SameShape(shapes, input, output),
            _ => false,
        };
    }

    static long[]? Constant(NodeProto node, int input, GraphShapes shapes) =>
        node.InputOrNull(input) is { } name ? shapes.Integers(name) : null;

    static bool IsInferenceDropout(NodeProto node, int opset, GraphShapes shapes, GraphIndex index)
    {
        var maskIsRead = node.OutputOrNull(1) is { } mask && (index.Outputs.Contains(mask) || index.Consumers(mask).Count > 0);
        if (maskIsRead) return false;
        return opset < 12 || node.InputOrNull(2) is not { } training || shapes.Integers(training) is [0];
    }

    static bool TakesForward(NodeProto node, GraphShapes shapes) =>
        node.InputOrNull(4) is null || (Constant(node, 4, shapes) is { } steps && Array.TrueForAll(steps, step => step > 0));

    static bool SameShape(GraphShapes shapes, string input, string output) =>
        shapes.Of(input) is { } before && shapes.Of(output) is { } after && before.SequenceEqual(after);
}
