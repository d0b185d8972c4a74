using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>Scores of single weights; low ones go first. All are tensors of the weights' shapes in the caller's dispose scope.</summary>
public static class ElementScores
{
    /// <summary>True where scores follow from the weights alone.</summary>
    public static bool NeedsNoData(Criterion criterion) => criterion is Criterion.Random or Criterion.L1 or Criterion.L2 or Criterion.Lamp;

    /// <param name="criterion">One that needs no data.</param>
    /// <param name="stream">Tells one draw of random scores from the next.</param>
    /// <returns>By initializer: |w|, w^2, or uniform random numbers; of LAMP see <see cref="Lamp"/>.</returns>
    public static Dictionary<string, Tensor> OfWeights(
        Criterion criterion, IEnumerable<WeightMatrix> matrices, IReadOnlyDictionary<string, Tensor> weights, int seed, long stream)
    {
        using var noGradient = no_grad();
        var number = 0;
        Tensor Score(WeightMatrix matrix)
        {
            var weight = weights[matrix.Name].detach();
            return criterion switch
            {
                Criterion.Random => Uniform(matrix, weight, new SeededRandom(seed, (2L << 40) + (stream << 16) + number++)),
                Criterion.L1 => weight.abs(),
                Criterion.Lamp => Lamp(weight.square()),
                _ => weight.square(),
            };
        }

        return matrices.ToDictionary(matrix => matrix.Name, Score, StringComparer.Ordinal);
    }

    /// <summary>
    /// Each score over the sum of those of its layer that are not lower, which makes scores of different layers comparable: with squared
    /// weights, Lee et al., Layer-Adaptive Sparsity for the Magnitude-based Pruning, 2021.
    /// </summary>
    /// <param name="scores">Not negative; any shape.</param>
    public static Tensor Lamp(Tensor scores)
    {
        using var scope = NewDisposeScope();
        var (sorted, order) = scores.reshape(-1).to(float64).sort(0, descending: true, stable: true);
        var relative = sorted / sorted.cumsum(0).clamp_min(double.Epsilon);
        var result = empty_like(relative);
        result.index_copy_(0, order, relative);
        return result.reshape(scores.shape).MoveToOuterDisposeScope();
    }

    static Tensor Uniform(WeightMatrix matrix, Tensor like, SeededRandom random)
    {
        var values = new float[matrix.Elements];
        for (var i = 0; i < values.Length; i++) values[i] = (random.Next() >> 40) * (1f / (1 << 24));
        return tensor(values).reshape([.. matrix.Shape]).to(like.device);
    }
}
