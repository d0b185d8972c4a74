using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// Gives a model the weights of one that has learned nothing: kernels and matrices drawn as <see cref="ModelBuilder"/> draws them (He et al.
/// 2015), scales of normalisations 1, biases 0, embedding tables with a deviation of 0.02, statistics 0 and 1. Weights that are
/// multiplied element by element stay as they are.
/// </summary>
public static class FreshWeights
{
    const double EmbeddingDeviation = 0.02;

    /// <summary>Changes the model in place; the same seed gives the same bytes.</summary>
    public static void Apply(OnnxModel model, int seed)
    {
        var roles = WeightRoles.Of(model.Graph);
        var index = new GraphIndex(model.Graph);
        var random = new Random(seed);
        foreach (var tensor in model.Graph.Initializer)
        {
            if (!ElementTypes.IsFloatingPoint(tensor.ElementType()) || index.Consumers(tensor.Name) is not [var reader, ..]) continue;
            var input = reader.Input.IndexOf(tensor.Name);
            switch (roles.RoleOf(tensor.Name))
            {
                case WeightRole.Statistic:
                    Fill(tensor, input == 4 ? 1 : 0);
                    break;
                case WeightRole.Weight:
                    Renew(tensor, reader, input, random);
                    break;
            }
        }
    }

    static void Renew(TensorProto tensor, NodeProto reader, int input, Random random)
    {
        switch (reader.OpType)
        {
            case "BatchNormalization" or "InstanceNormalization" or "LayerNormalization" or "GroupNormalization" or "RMSNormalization":
                Fill(tensor, input == 1 ? 1 : 0);
                break;
            case "LSTM" or "GRU" or "RNN":
                // Uniform within one over the root of the hidden size, as is usual for recurrent cells.
                Draw(tensor, 1 / Math.Sqrt(reader.Int("hidden_size", tensor.Dims[^1])), random);
                break;
            case "Gather":
                Draw(tensor, EmbeddingDeviation * Math.Sqrt(3), random);
                break;
            case "Mul" or "PRelu":
                break;
            default:
                if (FanIn(tensor, reader, input) is { } fanIn) Draw(tensor, Math.Sqrt(2) * Math.Sqrt(3.0 / fanIn), random);
                else Fill(tensor, 0);
                break;
        }
    }

    /// <summary>Products that one output sums; null for what is added.</summary>
    static long? FanIn(TensorProto tensor, NodeProto reader, int input) => (reader.OpType, tensor.Dims.Count) switch
    {
        ("Conv", > 2) when input == 1 => tensor.ElementCount() / tensor.Dims[0],
        ("ConvTranspose", > 2) when input == 1 => tensor.ElementCount() / tensor.Dims[1],
        ("Gemm", 2) when input == 1 => tensor.Dims[reader.Int("transB", 0) == 0 ? 0 : 1],
        ("Gemm", 2) when input == 0 => tensor.Dims[reader.Int("transA", 0) == 0 ? 1 : 0],
        ("MatMul", >= 2) => tensor.Dims[input == 1 ? tensor.Dims.Count - 2 : tensor.Dims.Count - 1],
        ("Einsum", >= 2) => tensor.Dims[0],
        _ => null,
    };

    static void Fill(TensorProto tensor, float value)
    {
        var values = new float[tensor.ElementCount()];
        Array.Fill(values, value);
        tensor.SetFloats(values);
    }

    static void Draw(TensorProto tensor, double bound, Random random)
    {
        var values = new float[tensor.ElementCount()];
        for (var i = 0; i < values.Length; i++) values[i] = (float)(((2 * random.NextDouble()) - 1) * bound);
        tensor.SetFloats(values);
    }
}
