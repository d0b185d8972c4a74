using CompressTasks.Onnx;

namespace CompressTasks.Pipeline;

/// <summary>Counts the trainable weights that are not zero.</summary>
static class NonZeroWeights
{
    public static long Count(OnnxModel model)
    {
        var weights = WeightRoles.Of(model.Graph).Weights;
        long count = 0;
        foreach (var tensor in model.Graph.Initializer)
        {
            if (!weights.Contains(tensor.Name)) continue;
            var values = tensor.AsFloats();
            count += values.Length - values.Count(0f);
        }

        return count;
    }
}
