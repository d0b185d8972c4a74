using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Blocks;

/// <summary>How important blocks are; those with low scores go first.</summary>
public static class BlockScores
{
    /// <summary>
    /// Mean magnitude (L1) or root mean square (L2) of the weights that a branch multiplies with; a sum would say how wide the branch is.
    /// </summary>
    public static double[] ByWeights(OnnxModel model, IReadOnlyList<ResidualBlock> blocks, bool squared)
    {
        var trainable = WeightRoles.Of(model.Graph).Weights;
        var initializers = model.Graph.Initializer.Where(tensor => trainable.Contains(tensor.Name) && tensor.Dims.Count >= 2).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        return [.. blocks.Select(block =>
        {
            var weights = block.Nodes.SelectMany(node => node.Input).Distinct().Where(initializers.ContainsKey).Select(name => initializers[name]).ToArray();
            var count = weights.Sum(weight => weight.ElementCount());
            if (count == 0) return 0;
            return squared
                ? Math.Sqrt(weights.Sum(weight => UnitSums.Squares(weight.AsFloats())) / count)
                : weights.Sum(weight => UnitSums.Magnitudes(weight.AsFloats())) / count;
        })];
    }

    /// <summary>Mean absolute scale of the last batch normalisation of each branch.</summary>
    /// <exception cref="PruningException">CMP0603 where a branch has none.</exception>
    public static double[] ByBatchNormScale(OnnxModel model, IReadOnlyList<ResidualBlock> blocks)
    {
        var initializers = model.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        return [.. blocks.Select(block =>
        {
            var last = block.Nodes.LastOrDefault(node => node.Is("BatchNormalization") && initializers.ContainsKey(node.Input[1]));
            if (last is not null) return UnitSums.Magnitudes(initializers[last.Input[1]].AsFloats()) / initializers[last.Input[1]].ElementCount();
            throw new PruningException(
                PruningException.CriterionNeedsData,
                $"The criterion batch-norm-scale needs a batch normalisation in every block, and the one that '{block.Name}' ends has none.",
                model.Path,
                "Choose the criterion l2, or with data output-correlation.");
        })];
    }

    /// <summary>
    /// The square of the loss's derivative with respect to a factor on the branch, which is the first-order Taylor term of its absence
    /// (Molchanov et al. 2019), averaged over batches.
    /// </summary>
    /// <inheritdoc cref="TaylorCriterion.Score"/>
    public static double[] ByTaylor(
        OnnxModel model,
        GraphShapes shapes,
        IReadOnlyList<ResidualBlock> blocks,
        IEnumerable<Batch> batches,
        Func<Tensor, Batch, Tensor> loss,
        CancellationToken cancellation = default)
    {
        var (gated, gates) = BlockSurgery.WithGates(model, shapes, blocks, _ => 1);
        using var module = new GraphModule(gated);
        var scores = new double[blocks.Count];
        var count = LossGradients.ForEachBatch(module, batches, loss, keepSum: false, () =>
        {
            for (var i = 0; i < scores.Length; i++)
            {
                if (gates[i] is not { } gate || module.Weights[gate].grad is not { } gradient) continue;
                using var sum = gradient.sum().to(float64);
                scores[i] += Math.Pow(sum.item<double>(), 2);
            }
        }, cancellation);
        for (var i = 0; i < scores.Length; i++) scores[i] /= count;
        return scores;
    }

    /// <summary>One minus the mean cosine, over samples, between what a block is given and what it makes of it (Men et al., ShortGPT, 2024).</summary>
    /// <exception cref="PruningException">CMP0603 without a batch.</exception>
    public static double[] ByChange(GraphModule module, IReadOnlyList<ResidualBlock> blocks, IEnumerable<Batch> batches, CancellationToken cancellation = default)
    {
        using var noGradient = no_grad();
        module.eval();
        string[] names = [.. blocks.SelectMany(block => (string[])[block.Skip, block.Addition.Output[0]])];
        var sums = new double[blocks.Count];
        long samples = 0;
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var owned = batch;
            var values = module.Run([batch.Inputs], names);
            for (var i = 0; i < sums.Length; i++)
            {
                var (given, made) = (values[2 * i].flatten(1), values[(2 * i) + 1].flatten(1));
                sums[i] += nn.functional.cosine_similarity(given, made, 1, 1e-12).sum().to(float64).item<double>();
            }

            samples += batch.Inputs.shape[0];
        }

        if (samples == 0) throw new PruningException(PruningException.CriterionNeedsData, "The criterion output-correlation was given no data.", hint: "Give data, or choose the criterion l2.");
        return [.. sums.Select(sum => 1 - (sum / samples))];
    }
}
