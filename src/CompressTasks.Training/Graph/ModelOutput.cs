using CompressTasks.Onnx;

namespace CompressTasks.Training;

/// <summary>What a graph's first output is to a loss.</summary>
public static class ModelOutput
{
    /// <summary>Probabilities where a Softmax makes the first output, else numbers before one, or regression values.</summary>
    public static OutputKind KindOf(OnnxModel model) =>
        new GraphIndex(model.Graph).Producer(model.Graph.Output[0].Name)?.Is("Softmax") == true ? OutputKind.Probabilities : OutputKind.Values;

    /// <summary>Numbers per sample of the first output; <see cref="long.MaxValue"/> where they cannot be told.</summary>
    public static long WidthOf(OnnxModel model)
    {
        var shapes = ShapeInference.Infer(model, InputShapes.Resolve(model));
        return shapes.TryGetKnown(model.Graph.Output[0].Name, out var shape)
            ? shape.Skip(1).Aggregate(1L, (product, length) => product * length)
            : long.MaxValue;
    }
}
