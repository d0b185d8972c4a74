using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>
/// Optimal Brain Surgeon as Hassibi and Stork (1993) have it, each row of a layer on its own (Frantar and Alistarh, Optimal Brain Compression,
/// 2022): again and again the weight with the smallest w_q^2 / [H^-1]_qq goes, the others move by -w_q / [H^-1]_qq H^-1[:, q], and q is
/// eliminated from H^-1. The rows compete: of all their steps, those that cost least are taken.
/// </summary>
static class RowElimination
{
    /// <summary>Each row has an inverse of its own while it is worked on.</summary>
    const long WorkingBytes = 1 << 28;

    /// <summary>Rows and columns that are gone are left out of the work each time when one in so many is.</summary>
    const long StepsToPacking = 8;

    /// <summary>
    /// What <see cref="Choose"/> takes, in multiply-adds of a factorisation: rows x columns^3 / 3, each as slow as the memory that it waits for, some ten times.
    /// </summary>
    public static double Effort(Tensor weights) => 10.0 / 3 * weights.numel() * weights.shape[2] * weights.shape[2];

    /// <param name="weights">[groups, rows, columns].</param>
    /// <param name="inverse">Of the damped second moments, [groups, columns, columns].</param>
    /// <param name="kept">Weights that stay, over all groups and rows.</param>
    /// <returns>The mask, bool [groups, rows, columns], in the caller's dispose scope.</returns>
    public static Tensor Choose(Tensor weights, Tensor inverse, long kept, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (groups, rows, columns) = (weights.shape[0], weights.shape[1], weights.shape[2]);
        var losses = new List<Tensor>();
        var orders = new List<Tensor>();
        var step = Math.Max(1, WorkingBytes / (columns * columns * sizeof(double)));
        for (long group = 0; group < groups; group++)
        {
            for (long row = 0; row < rows; row += step)
            {
                var (loss, order) = Eliminate(weights.select(0, group).slice(0, row, Math.Min(rows, row + step), 1), inverse.select(0, group), cancellation);
                losses.Add(loss);
                orders.Add(order);
            }
        }

        // A row's weights go in its order only, so that a step costs at least what the steps before it cost.
        var costs = cat(losses).cummax(1).values;
        var mask = zeros_like(costs, @bool);
        if (kept > 0)
        {
            var cheapest = zeros(costs.numel(), @bool, device: costs.device);
            cheapest.index_fill_(0, costs.flatten().sort(0, stable: true).Indices.slice(0, costs.numel() - kept, costs.numel(), 1), true);
            mask.scatter_(1, cat(orders), cheapest.reshape(costs.shape));
        }

        return mask.reshape(groups, rows, columns).MoveToOuterDisposeScope();
    }

    /// <summary>All weights of each row, in the order in which they go, and what each then costs.</summary>
    static (Tensor Losses, Tensor Order) Eliminate(Tensor weights, Tensor inverse, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (weights.shape[0], weights.shape[1]);
        var (losses, order) = (zeros_like(weights), zeros_like(weights, int64));
        var state = new Remaining(weights.clone(), inverse.unsqueeze(0).repeat(rows, 1, 1), arange(columns, device: weights.device).expand(rows, columns));
        for (long done = 0; done < columns;)
        {
            cancellation.ThrowIfCancellationRequested();
            // Every row loses one weight per step, so that all can be packed again at once.
            var steps = Math.Max(1, state.Weights.shape[1] / StepsToPacking);
            var gone = zeros_like(state.Weights, @bool);
            for (var last = done + steps; done < last; done++) Step(state, gone, losses.select(1, done), order.select(1, done));
            state = state.Without(gone);
        }

        return (losses.MoveToOuterDisposeScope(), order.MoveToOuterDisposeScope());
    }

    static void Step(Remaining state, Tensor gone, Tensor losses, Tensor order)
    {
        using var scope = NewDisposeScope();
        var (weights, inverses) = (state.Weights, state.Inverses);
        var scores = (weights.square() / inverses.diagonal(0, 1, 2)).masked_fill(gone, double.PositiveInfinity);
        var (loss, chosen) = scores.min(1);
        var index = chosen.unsqueeze(1);
        losses.copy_(loss);
        order.copy_(state.Columns.gather(1, index).squeeze(1));
        gone.scatter_(1, index, ones_like(index, @bool));
        var row = inverses.gather(1, index.unsqueeze(2).expand(-1, 1, weights.shape[1])).squeeze(1);
        var pivot = row.gather(1, index);
        weights.sub_(weights.gather(1, index) / pivot * row).masked_fill_(gone, 0);
        inverses.addcmul_((row / pivot).unsqueeze(2), row.unsqueeze(1), -1);
        // What is eliminated has a row of rounding errors, which nothing reads but the division above.
        inverses.diagonal(0, 1, 2).masked_fill_(gone, 1);
    }

    /// <param name="Weights">[rows, left].</param>
    /// <param name="Inverses">[rows, left, left].</param>
    /// <param name="Columns">Which column each is, [rows, left].</param>
    sealed record Remaining(Tensor Weights, Tensor Inverses, Tensor Columns)
    {
        /// <summary>Packs what is left; the tensors of this one are freed.</summary>
        public Remaining Without(Tensor gone)
        {
            using var scope = NewDisposeScope();
            var (rows, before) = (gone.shape[0], gone.shape[1]);
            var places = gone.logical_not().nonzero().select(1, 1).reshape(rows, -1);
            var left = places.shape[1];
            var inverses = Inverses.gather(1, places.unsqueeze(2).expand(rows, left, before)).gather(2, places.unsqueeze(1).expand(rows, left, left));
            var packed = new Remaining(
                Weights.gather(1, places).MoveToOuterDisposeScope(), inverses.MoveToOuterDisposeScope(), Columns.gather(1, places).MoveToOuterDisposeScope());
            Weights.Dispose();
            Inverses.Dispose();
            Columns.Dispose();
            return packed;
        }
    }
}
