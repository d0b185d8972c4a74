using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Rotary position embeddings: pairs of features are turned by an angle for each position (Su et al., RoFormer, 2021).</summary>
static class RotaryEmbeddingOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("RotaryEmbedding", (node, _) => Rotate(node, cosine: 1, sine: 2, positions: 3));
        table.Add(OperatorRegistry.Microsoft("RotaryEmbedding"), (node, _) => Rotate(node, cosine: 2, sine: 3, positions: 1));
    }

    /// <summary>
    /// Input [batch, heads, length, size] or [batch, length, heads * size]. Tables [positions, size / 2], looked up at positions
    /// [batch, length] (or counted from one first position), or without positions already [batch, length, size / 2].
    /// </summary>
    static Kernel Rotate(NodeProto node, int cosine, int sine, int positions)
    {
        if (node.Int("is_packed_batching", 0) != 0) throw OperatorErrors.UnsupportedForm(node, "packed batches");
        if (node.Float("scale", 1) != 1) throw OperatorErrors.UnsupportedForm(node, "a scale");
        var (heads, turned, interleaved) = (node.Int("num_heads", 0), node.Int("rotary_embedding_dim", 0), node.Int("interleaved", 0) != 0);
        return arguments =>
        {
            var given = arguments.Tensor(0);
            var (cosines, sines) = (arguments.Tensor(cosine), arguments.Tensor(sine));
            var isJoined = given.dim() == 3;
            var input = isJoined ? ScaledDotProduct.Split(given, heads > 0 ? heads : given.shape[2] / (2 * cosines.shape[^1])) : given;
            if (arguments.OptionalTensor(positions) is { } at)
            {
                at = at.to(ScalarType.Int64);
                if (at.numel() == 1) at = (arange(input.shape[2], ScalarType.Int64, input.device) + at.reshape(1)).unsqueeze(0);
                (cosines, sines) = (At(cosines, at), At(sines, at));
            }

            var size = input.shape[3];
            var width = turned > 0 ? turned : size;
            var result = Turned(input.narrow(3, 0, width), cosines.unsqueeze(1), sines.unsqueeze(1), interleaved);
            if (width < size) result = cat([result, input.narrow(3, width, size - width)], 3);
            return isJoined ? ScaledDotProduct.Join(result) : result;
        };
    }

    static Tensor At(Tensor table, Tensor positions) => table.index_select(0, positions.flatten()).reshape(positions.shape[0], positions.shape[1], -1);

    /// <summary>Pairs are neighbours where interleaved, else a feature of the first half and one of the second.</summary>
    static Tensor Turned(Tensor input, Tensor cosines, Tensor sines, bool interleaved)
    {
        var (half, shape) = (input.shape[3] / 2, input.shape);
        var pairs = interleaved ? input.reshape([.. shape[..3], half, 2]).unbind(4) : [input.narrow(3, 0, half), input.narrow(3, half, half)];
        var real = pairs[0] * cosines - pairs[1] * sines;
        var imaginary = pairs[0] * sines + pairs[1] * cosines;
        return interleaved ? stack([real, imaginary], 4).reshape(shape) : cat([real, imaginary], 3);
    }
}
