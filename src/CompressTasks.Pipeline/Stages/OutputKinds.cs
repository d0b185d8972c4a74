using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>What a model's first output holds.</summary>
static class OutputKinds
{
    /// <summary>Probabilities where the graph ends in a Softmax, else logits or regression values.</summary>
    public static OutputKind Of(OnnxModel model) =>
        new GraphIndex(model.Graph).Producer(model.Graph.Output[0].Name)?.Is("Softmax") == true ? OutputKind.Probabilities : OutputKind.Values;

    /// <summary>Numbers per sample of the first output.</summary>
    public static long Width(OnnxModel model)
    {
        var shapes = ShapeInference.Infer(model, InputShapes.Resolve(model));
        return shapes.TryGetKnown(model.Graph.Output[0].Name, out var shape) ? shape.Skip(1).Aggregate(1L, (product, length) => product * length) : long.MaxValue;
    }
}
