using CompressTasks.Pruning.Granularities;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>Which weights of a layer stay, and the others' updates where they came with the choice.</summary>
/// <param name="Mask">Bool [groups, rows, columns]; true stays.</param>
/// <param name="Swept">The updated weights; null where the choice has made none.</param>
readonly record struct ChosenMask(Tensor Mask, Tensor? Swept);

/// <summary>Chooses the weights that go by what their absence costs a layer's outputs.</summary>
static class MaskChoice
{
    /// <param name="weights">[groups, rows, columns].</param>
    /// <param name="inverse">Of the damped second moments, [groups, columns, columns].</param>
    /// <param name="density">Share that stays; a pattern has its own.</param>
    public static ChosenMask Of(
        LinearLayer layer, Tensor weights, Tensor inverse, double density, PruningGrain grain, SurgeonOptions options, CancellationToken cancellation)
    {
        if (grain.Granularity == Granularity.Pattern) return Pattern(layer, weights, inverse, grain, options, cancellation);
        var kept = Kept(weights, density);
        return RowElimination.Effort(weights) <= options.ExactBelow
            ? new(RowElimination.Choose(weights, inverse, kept, cancellation), null)
            : ByColumns(weights, inverse, kept, options, cancellation);
    }

    /// <summary>For a weight of which no layer's inputs tell: the largest elements stay.</summary>
    /// <returns>Bool in the weight's shape.</returns>
    public static Tensor ByMagnitude(Tensor weight, double density)
    {
        using var scope = NewDisposeScope();
        return Largest(weight.detach().abs(), Kept(weight, density)).MoveToOuterDisposeScope();
    }

    public static (Tensor Weights, Tensor Mask) Sweep(Tensor weights, Tensor inverse, Tensor mask, SurgeonOptions options, CancellationToken cancellation) => ColumnSweep.Run(
        weights, inverse, Segments(weights.shape[2], options.BlockSize), options.BlockSize, (start, scores) => mask.slice(2, start, start + scores.shape[2], 1), cancellation);

    static long Kept(Tensor weights, double density) => (long)Math.Round(density * weights.numel());

    /// <summary>
    /// How many stay in each block of columns is settled before the sweep, over the whole layer, by w^2 / [H^-1]_qq; which of them, when the
    /// sweep has come there.
    /// </summary>
    static ChosenMask ByColumns(Tensor weights, Tensor inverse, long kept, SurgeonOptions options, CancellationToken cancellation)
    {
        var first = Largest(weights.square() / inverse.diagonal(0, 1, 2).unsqueeze(1), kept);
        var (swept, mask) = ColumnSweep.Run(
            weights,
            inverse,
            Segments(weights.shape[2], options.BlockSize),
            options.BlockSize,
            (start, scores) => Largest(scores, first.slice(2, start, start + scores.shape[2], 1).sum().item<long>()),
            cancellation);
        return new(mask, swept);
    }

    static ChosenMask Pattern(LinearLayer layer, Tensor weights, Tensor inverse, PruningGrain grain, SurgeonOptions options, CancellationToken cancellation)
    {
        var (swept, mask) = ColumnSweep.Run(
            weights, inverse, [.. RowMasks.Runs(layer, grain.Second)], options.BlockSize, (_, scores) => RowMasks.Largest(scores, grain.First), cancellation);
        return new(mask, swept);
    }

    static Tensor Largest(Tensor scores, long count)
    {
        var mask = zeros(scores.numel(), @bool, device: scores.device);
        if (count > 0) mask.index_fill_(0, scores.flatten().sort(0, descending: true, stable: true).Indices.slice(0, 0, count, 1), true);
        return mask.reshape(scores.shape);
    }

    static long[] Segments(long length, long step) => [.. RowMasks.Cut(length, step)];
}
