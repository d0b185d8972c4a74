using CompressTasks.Onnx;

namespace CompressTasks.Training;

/// <summary>
/// Which values of two convolutional networks belong together: for each height and width that both have, above 1 x 1, the last value of that size
/// on the way to the first output. That is what stands before each pooling or stride, and before the global pooling.
/// </summary>
public static class AutomaticPairs
{
    /// <returns>From the largest size to the smallest; empty where the networks have no size in common.</returns>
    public static IReadOnlyList<(string Student, string Teacher)> Of(OnnxModel student, OnnxModel teacher)
    {
        var teachers = LastOfEachSize(teacher);
        return [.. LastOfEachSize(student)
            .Where(entry => teachers.ContainsKey(entry.Key))
            .OrderByDescending(entry => entry.Key.Height * entry.Key.Width)
            .Select(entry => (entry.Value, teachers[entry.Key]))];
    }

    static Dictionary<(long Height, long Width), string> LastOfEachSize(OnnxModel model)
    {
        var shapes = ShapeInference.Infer(model, InputShapes.Resolve(model));
        var result = new Dictionary<(long, long), string>();
        foreach (var node in OnTheWay(model))
        {
            if (node.Output.Count > 0 && shapes.TryGetKnown(node.Output[0], out var shape) && shape is [_, _, var height, var width] && height * width > 1)
            {
                result[(height, width)] = node.Output[0];
            }
        }

        return result;
    }

    /// <summary>The nodes that the first output depends on, in their order.</summary>
    static Stack<Onnx.Schema.NodeProto> OnTheWay(OnnxModel model)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal) { model.Graph.Output[0].Name };
        var nodes = new Stack<Onnx.Schema.NodeProto>();
        foreach (var node in model.Graph.Node.Reverse())
        {
            if (!node.Output.Any(wanted.Contains)) continue;
            wanted.UnionWith(node.Input.Concat(Subgraphs.CapturedValues(node)));
            nodes.Push(node);
        }

        return nodes;
    }
}
