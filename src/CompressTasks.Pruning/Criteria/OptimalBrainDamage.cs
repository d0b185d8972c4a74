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
    /// <param name="batches">Labelled batches; each is disposed after use.</param>
    /// <param name="loss">Scalar loss of the module's output and the batch, the mean over its samples.</param>
    /// <param name="method">How the second derivatives are found.</param>
    /// <param name="seed">Of the random vectors.</param>
    /// <returns>By the weight's name, in its shape, not negative; the caller's to dispose.</returns>
    /// <exception cref="PruningException">CMP0603 no batch; CMP0610 an operator without a second derivative.</exception>
    public static IReadOnlyDictionary<string, Tensor> Score(
        GraphModule module,
        IEnumerable<Batch> batches,
        Func<Tensor, Batch, Tensor> loss,
        SecondDerivative method = SecondDerivative.Hessian,
        int seed = 1,
        CancellationToken cancellation = default)
    {
        var diagonal = method == SecondDerivative.Hessian
            ? HessianDiagonal.Measure(module, batches, loss, seed: seed, cancellation: cancellation)
            : HessianDiagonal.EmpiricalFisher(module, batches, loss, cancellation);
        var scores = Score(module, diagonal);
        foreach (var tensor in diagonal.Values) tensor.Dispose();
        return scores;
    }

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
