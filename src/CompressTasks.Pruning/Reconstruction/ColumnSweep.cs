using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>
/// Optimal Brain Surgeon for all rows at once (Frantar and Alistarh, SparseGPT: Massive Language Models Can Be Accurately Pruned in One-Shot,
/// 2023). The columns are visited once, from left to right; what a removed weight leaves behind is handed to the columns right of it, by the
/// rows of the Cholesky factor of the inverse of the damped second moments, which are the inverses that remain when the columns left of them are settled.
/// </summary>
static class ColumnSweep
{
    /// <summary>Which weights of the columns from <c>start</c> stay. Scores: [groups, rows, columns of the segment], w^2 / d^2.</summary>
    /// <returns>Bool in the same shape.</returns>
    public delegate Tensor Choice(long start, Tensor scores);

    /// <param name="weights">[groups, rows, columns].</param>
    /// <param name="inverse">Of the damped second moments, [groups, columns, columns].</param>
    /// <param name="segments">Lengths of the runs of columns over which one choice is made, left to right.</param>
    /// <param name="blockSize">Columns whose updates are gathered, rounded up to whole segments.</param>
    /// <returns>Updated weights and mask, [groups, rows, columns], in the caller's dispose scope.</returns>
    public static (Tensor Weights, Tensor Mask) Run(
        Tensor weights, Tensor inverse, IReadOnlyList<long> segments, long blockSize, Choice choose, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var result = weights.clone();
        var mask = ones_like(weights, @bool);
        var factor = linalg.cholesky(inverse).transpose(1, 2).contiguous();
        long start = 0;
        var pending = new List<long>();
        for (var i = 0; i < segments.Count; i++)
        {
            pending.Add(segments[i]);
            if (pending.Sum() < blockSize && i + 1 < segments.Count) continue;
            cancellation.ThrowIfCancellationRequested();
            Block(result, mask, factor, start, pending, choose);
            start += pending.Sum();
            pending.Clear();
        }

        return (result.MoveToOuterDisposeScope(), mask.MoveToOuterDisposeScope());
    }

    static void Block(Tensor weights, Tensor mask, Tensor factor, long start, List<long> segments, Choice choose)
    {
        using var scope = NewDisposeScope();
        var (end, columns) = (start + segments.Sum(), weights.shape[2]);
        var own = weights.slice(2, start, end, 1).clone();
        var ownMask = mask.slice(2, start, end, 1);
        var ownFactor = factor.slice(1, start, end, 1).slice(2, start, end, 1);
        var diagonal = ownFactor.diagonal(0, 1, 2);
        var errors = zeros_like(own);
        long column = 0;
        foreach (var length in segments)
        {
            using var inner = NewDisposeScope();
            var scores = (own.slice(2, column, column + length, 1) / diagonal.slice(1, column, column + length, 1).unsqueeze(1)).square();
            ownMask.slice(2, column, column + length, 1).copy_(choose(start + column, scores));
            for (var last = column + length; column < last; column++) Settle(own, ownMask, ownFactor, errors, column);
        }

        weights.slice(2, start, end, 1).copy_(own * ownMask);
        if (end < columns) weights.slice(2, end, columns, 1).sub_(errors.bmm(factor.slice(1, start, end, 1).slice(2, end, columns, 1)));
    }

    /// <summary>Removes what the mask does not keep of one column, and moves the columns right of it within the block.</summary>
    static void Settle(Tensor own, Tensor mask, Tensor factor, Tensor errors, long column)
    {
        using var scope = NewDisposeScope();
        var row = factor.select(1, column);
        var error = (own.select(2, column) * mask.select(2, column).logical_not()) / row.select(1, column).unsqueeze(1);
        errors.select(2, column).copy_(error);
        own.slice(2, column, own.shape[2], 1).sub_(error.unsqueeze(2) * row.slice(1, column, own.shape[2], 1).unsqueeze(1));
    }
}
