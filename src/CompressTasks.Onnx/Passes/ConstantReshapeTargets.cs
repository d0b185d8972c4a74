using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// Gives Reshape nodes a constant target where inference understands the computed one: numbers where they are known, 0 where the
/// axis is the input's axis of the same place, and at most one -1.
/// </summary>
static class ConstantReshapeTargets
{
    public static bool Apply(OnnxModel model)
    {
        var graph = model.Graph;
        var shapes = ShapeInference.Infer(model);
        var constants = graph.Initializer.Select(initializer => initializer.Name).ToHashSet(StringComparer.Ordinal);
        var names = new FreshNames(graph);
        var changed = false;
        foreach (var node in graph.Node)
        {
            if (!node.Is("Reshape") || node.InputOrNull(1) is not { } computed || constants.Contains(computed)) continue;
            if (Target(shapes.Of(node.Input[0]), shapes.Of(node.Output[0])) is not { } target) continue;
            var initializer = TensorData.FromLongs(names.Next(node.Output[0] + "_shape"), [target.Length], target);
            graph.Initializer.Add(initializer);
            node.Input[1] = initializer.Name;
            node.RemoveAttribute("allowzero");
            changed = true;
        }

        return changed;
    }

    static long[]? Target(IReadOnlyList<Dimension>? input, IReadOnlyList<Dimension>? output)
    {
        if (input is null || output is null) return null;
        var target = new long[output.Count];
        var inferred = -1;
        for (var axis = 0; axis < target.Length; axis++)
        {
            if (output[axis].IsKnown)
            {
                // The number 0 would mean "copy the axis".
                if (output[axis].Value == 0) return null;
                target[axis] = output[axis].Value;
            }
            else if (axis < input.Count && output[axis] == input[axis])
            {
                target[axis] = 0;
            }
            else if (inferred < 0)
            {
                target[axis] = -1;
                inferred = axis;
            }
            else
            {
                return null;
            }
        }

        return target;
    }
}
