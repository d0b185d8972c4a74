using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>
/// The weights under a fixed mask that come closest to a layer's outputs: for each row the solution of H_KK w_K = (H w)_K over the columns
/// K that it keeps. It is what the Optimal Brain Surgeon's steps end at, in whatever order they are taken.
/// </summary>
static class KeptWeights
{
    /// <summary>Multiply-adds of the factorisations.</summary>
    public static double Effort(Tensor mask)
    {
        using var scope = NewDisposeScope();
        return mask.sum(2).to(float64).pow(3).sum().item<double>() / 3;
    }

    /// <param name="weights">Before pruning, [groups, rows, columns].</param>
    /// <param name="moments">Damped second moments, [groups, columns, columns].</param>
    /// <param name="mask">Bool, as the weights.</param>
    /// <returns>[groups, rows, columns], zero where the mask is false, in the caller's dispose scope.</returns>
    public static Tensor Solve(Tensor weights, Tensor moments, Tensor mask, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var result = zeros_like(weights);
        var targets = weights.bmm(moments);
        for (long group = 0; group < weights.shape[0]; group++)
        {
            for (long row = 0; row < weights.shape[1]; row++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var inner = NewDisposeScope();
                var kept = mask.select(0, group).select(0, row).nonzero().flatten();
                if (kept.numel() == 0) continue;
                var own = moments.select(0, group).index_select(0, kept).index_select(1, kept);
                var target = targets.select(0, group).select(0, row).index_select(0, kept).unsqueeze(1);
                var solution = target.cholesky_solve(linalg.cholesky(own));
                result.select(0, group).select(0, row).index_copy_(0, kept, solution.flatten());
            }
        }

        return result.MoveToOuterDisposeScope();
    }
}
