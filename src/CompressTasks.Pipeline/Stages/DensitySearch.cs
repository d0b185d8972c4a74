using CompressTasks.Onnx;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pipeline;

/// <summary>Finds how many weights a budget for size or parameters lets stay, by bisection on what is really written.</summary>
/// <param name="isTrained">True where training will still move the zeros, and with them the size by a little.</param>
sealed class DensitySearch(OnnxModel model, GraphModule module, MaskPlan plan, CostLimits limits, bool isTrained)
{
    /// <summary>Share of the size limit that is left for what training changes.</summary>
    const double Reserve = 0.01;

    /// <summary>Halvings; the last ones are about single weights of a network with millions.</summary>
    const int Steps = 24;

    public bool IsLimited => limits.Bytes is not null || limits.Parameters is not null;

    /// <summary>The model with every weight that can go set to zero, or with the pattern.</summary>
    public OnnxModel Emptiest()
    {
        using var scope = NewDisposeScope();
        var scores = plan.Matrices.ToDictionary(matrix => matrix.Name, matrix => module.Weights[matrix.Name].detach().abs(), StringComparer.Ordinal);
        return At(scores, plan.PatternDensity ?? 0);
    }

    /// <param name="scores">By initializer.</param>
    /// <param name="most">Share that is to stay at most.</param>
    /// <returns>The largest share that keeps the limits, and whether not even the smallest does.</returns>
    public (double Density, bool IsOutOfReach) Find(IReadOnlyDictionary<string, Tensor> scores, double most, CancellationToken cancellation)
    {
        if (Fits(scores, most)) return (most, false);
        if (!Fits(scores, 0)) return (0, true);
        var (low, high, weights) = (0.0, most, (double)plan.Matrices.Sum(matrix => matrix.Elements));
        for (var step = 0; step < Steps && (high - low) * weights >= 1; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            var middle = (low + high) / 2;
            if (Fits(scores, middle)) low = middle;
            else high = middle;
        }

        return (low, false);
    }

    bool Fits(IReadOnlyDictionary<string, Tensor> scores, double density)
    {
        var candidate = At(scores, density);
        return !(NonZeros.Parameters(candidate) > limits.Parameters) && !(candidate.SizeInBytes > limits.Bytes * (isTrained ? 1 - Reserve : 1));
    }

    OnnxModel At(IReadOnlyDictionary<string, Tensor> scores, double density)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var masks = WeightMasks.Full(module, plan.Matrices.Select(matrix => matrix.Name));
        plan.Select(scores, density, masks);
        var candidate = model.Clone();
        var initializers = candidate.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var (name, mask) in masks.Masks)
        {
            initializers[name].SetFloats(module.Weights[name].detach().mul(mask).cpu().contiguous().to(float32).data<float>().ToArray());
        }

        return candidate;
    }
}
