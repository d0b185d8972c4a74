using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// Half of second derivative times weight squared: what the loss rises by when a weight goes, at a minimum and with the weights taken as
/// independent (LeCun et al., Optimal Brain Damage, 1990). A unit has the sum over the weights that
/// make it (<see cref="UnitScores.FromElements"/>).
/// </summary>
public static class OptimalBrainDamage
{
    /// <param name="diagonal">As <see cref="HessianDiagonal"/> measures it; its absolute value counts, since a negative curvature is no gain far from here.</param>
    /// <returns>By the weight's name, in its shape, not negative; the caller's to dispose.</returns>
    public static IReadOnlyDictionary<string, Tensor> Score(GraphModule module, IReadOnlyDictionary<string, Tensor> diagonal)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return diagonal.ToDictionary(
            pair => pair.Key,
            pair => (pair.Value.abs() * module.Weights[pair.Key].square() * 0.5).DetachFromDisposeScope(),
            StringComparer.Ordinal);
    }
}
