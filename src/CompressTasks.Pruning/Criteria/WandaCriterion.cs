using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Reconstruction;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// |W| times the norm of the input that it multiplies (Sun et al., A Simple and Effective Pruning Approach for Large Language Models, 2024). The
/// scores of one output compare with each other; those of different outputs, let alone layers, do not. Needs data, no labels.
/// </summary>
public static class WandaCriterion
{
    /// <param name="batches">Batches of inputs, labels unused; each is disposed after use.</param>
    /// <returns>By the weight's name, in its shape, not negative; the caller's to dispose. Weights that no layer multiplies by are left out.</returns>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public static IReadOnlyDictionary<string, Tensor> Score(GraphModule module, IEnumerable<Batch> batches, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var layers = LinearLayer.Of(module);
        var squares = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var layer in layers.DistinctBy(layer => layer.Weight))
        {
            squares[layer.Weight] = zeros([layer.Groups, layer.Columns], device: module.Weights[layer.Weight].device);
        }

        // A weight that several nodes use is one that sees the inputs of all.
        LayerInputs.Visit(module, layers, batches, (layer, vectors) => squares[layer.Weight].add_(vectors.square().sum(1)), cancellation);
        return layers.DistinctBy(layer => layer.Weight).ToDictionary(
            layer => layer.Weight,
            layer =>
            {
                var norms = squares[layer.Weight].sqrt().unsqueeze(1).expand(layer.Groups, layer.Rows, layer.Columns);
                return (module.Weights[layer.Weight].detach().abs() * layer.FromMatrices(norms)).DetachFromDisposeScope();
            },
            StringComparer.Ordinal);
    }

    /// <summary>Masks by scores that compare within an output only: every output keeps the same share, or its N of every M.</summary>
    /// <param name="scores">By weight, as <see cref="Score"/> returns them, or any others.</param>
    /// <param name="densities">Share that stays, 0 to 1, by weight; where <paramref name="grain"/> is a pattern, that says it.</param>
    /// <param name="grain">Single weights, or N of every M input channels of each tap.</param>
    /// <returns>Bool in the weights' shapes, true stays; the caller's to dispose.</returns>
    public static IReadOnlyDictionary<string, Tensor> Masks(
        GraphModule module, IReadOnlyDictionary<string, Tensor> scores, IReadOnlyDictionary<string, double> densities, PruningGrain grain)
    {
        if (grain.Granularity is not (Granularity.Weight or Granularity.Pattern)) throw new ArgumentException("Outputs compare single weights and patterns.", nameof(grain));
        using var scope = NewDisposeScope();
        return LinearLayer.Of(module).Where(layer => densities.ContainsKey(layer.Weight)).DistinctBy(layer => layer.Weight).ToDictionary(
            layer => layer.Weight,
            layer => layer.FromMatrices(RowMasks.Of(layer, layer.ToMatrices(scores[layer.Weight]), densities[layer.Weight], grain)).DetachFromDisposeScope(),
            StringComparer.Ordinal);
    }
}
