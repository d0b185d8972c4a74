using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>softmax(q k' * scale + bias) v over heads (Vaswani et al., Attention Is All You Need, 2017).</summary>
static class ScaledDotProduct
{
    /// <param name="query">[batch, heads, length, size].</param>
    /// <param name="key">[batch, key heads, keys, size]; every key head serves the same number of neighbouring query heads.</param>
    /// <param name="value">[batch, key heads, keys, value size].</param>
    /// <param name="scale">0 for 1 / sqrt(size).</param>
    /// <param name="bias">Added to the scores, which it broadcasts to; null for none.</param>
    /// <param name="softcap">Scores are bounded to this by a tangent; 0 for no bound.</param>
    /// <returns>[batch, heads, length, value size].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, double scale, Tensor? bias, double softcap = 0)
    {
        var shared = query.shape[1] / key.shape[1];
        if (shared > 1) (key, value) = (key.repeat_interleave(shared, 1), value.repeat_interleave(shared, 1));
        if (scale == 0) scale = 1 / Math.Sqrt(query.shape[3]);
        var scores = MatrixOperators.Product(query, key.transpose(2, 3)) * scale;
        if (softcap > 0) scores = (scores / softcap).tanh() * softcap;
        if (bias is not null) scores = scores + bias;
        return MatrixOperators.Product(functional.softmax(scores, -1), value);
    }

    /// <summary>[batch, length, heads * size] as [batch, heads, length, size].</summary>
    public static Tensor Split(Tensor input, long heads)
    {
        var shape = input.shape;
        if (shape.Length != 3 || heads < 1 || shape[2] % heads != 0)
        {
            throw OperatorErrors.Mismatch($"{Broadcasting.Text(shape)} has no {heads} heads");
        }

        return input.reshape(shape[0], shape[1], heads, shape[2] / heads).transpose(1, 2);
    }

    public static Tensor Join(Tensor heads)
    {
        var shape = heads.shape;
        return heads.transpose(1, 2).reshape(shape[0], shape[2], shape[1] * shape[3]);
    }

    /// <summary>[length, keys]: the number where a key comes after the query, else 0. The first query sees <paramref name="past"/> + 1 keys.</summary>
    public static Tensor CausalBias(Tensor like, long length, long keys, long past, double masked) =>
        full([length, keys], masked, like.dtype, like.device).triu(past + 1);
}
