using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>Prunes one layer, and says by how much its outputs change.</summary>
/// <param name="choose">The mask of a layer, from its weights and the inverse of its damped moments.</param>
/// <param name="chooseAlone">The mask of a weight of which no layer's inputs tell.</param>
sealed class LayerSurgery(SurgeonOptions options, Func<LinearLayer, Tensor, Tensor, ChosenMask> choose, Func<string, Tensor> chooseAlone)
{
    /// <param name="bias">Of this layer alone; null where there is none.</param>
    /// <returns>The mask in the weight's shape, in the caller's dispose scope; weight and bias are overwritten.</returns>
    public (Tensor Mask, LayerReconstruction Outcome) Operate(SecondMoments moments, Tensor weight, Tensor? bias, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var layer = moments.Layer;
        if (bias is not null && bias.numel() != layer.Groups * layer.Rows) bias = null;
        var raw = moments.Raw();
        var used = bias is null ? raw : moments.Central();
        var damped = Damped(used);
        var before = layer.ToMatrices(weight.detach()).to(raw.dtype);
        var inverse = linalg.cholesky(damped).cholesky_inverse();
        var (mask, swept) = choose(layer, before, inverse);
        var isExact = KeptWeights.Effort(mask) <= options.ExactBelow;
        var after = isExact ? KeptWeights.Solve(before, damped, mask, cancellation)
            : swept ?? MaskChoice.Sweep(before, inverse, mask, options, cancellation).Weights;
        var power = Power(before, raw);
        var outcome = new LayerReconstruction(
            layer.Weight,
            mask.sum().item<long>(),
            mask.numel(),
            Power(after - before, used) / power,
            Power(before * mask.logical_not(), raw) / power,
            isExact ? "least squares" : "column sweep");
        weight.copy_(layer.FromMatrices(after));
        bias?.add_((before - after).bmm(moments.Mean().unsqueeze(2)).reshape(bias.shape));
        return (layer.FromMatrices(mask).MoveToOuterDisposeScope(), outcome);
    }

    /// <summary>Masks a weight and leaves its other elements as they are.</summary>
    public (Tensor Mask, LayerReconstruction Outcome) OnlyMask(string name, Tensor weight)
    {
        using var scope = NewDisposeScope();
        var mask = chooseAlone(name);
        weight.mul_(mask);
        var outcome = new LayerReconstruction(name, mask.sum().item<long>(), mask.numel(), double.NaN, double.NaN, "masked alone: no layer multiplies by it, or layers differently");
        return (mask.MoveToOuterDisposeScope(), outcome);
    }

    Tensor Damped(Tensor moments)
    {
        var diagonal = moments.diagonal(0, 1, 2);
        // Inputs that are all zero have no moments at all; any number then does.
        var mean = diagonal.mean([1], keepdim: true);
        mean = where(mean.gt(0), mean, ones_like(mean));
        return moments + diag_embed((mean * options.Damping).expand_as(diagonal));
    }

    /// <summary>Mean square of the outputs of these weights, all outputs added.</summary>
    static double Power(Tensor weights, Tensor moments) => (weights.bmm(moments) * weights).sum().item<double>();
}
