using CompressTasks.Onnx;

namespace CompressTasks.Training;

/// <summary>What a graph's first output is to a loss.</summary>
public static class ModelOutput
{
    /// <summary>Probabilities where a Softmax makes the first output, else numbers before one, or regression values.</summary>
    public static OutputKind KindOf(OnnxModel model) =>
        new GraphIndex(model.Graph).Producer(model.Graph.Output[0].Name)?.Is("Softmax") == true ? OutputKind.Probabilities : OutputKind.Values;
}
