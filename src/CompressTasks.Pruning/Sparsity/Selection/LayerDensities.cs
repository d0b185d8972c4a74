using CompressTasks.Pruning.Distributions;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>Shares of the weights that stay, layer by layer, where not scores but shapes decide.</summary>
public static class LayerDensities
{
    const int Halvings = 60;

    /// <summary>
    /// Erdos-Renyi-kernel: a layer's density is proportional to the sum of its axes' lengths over their product, so that small layers stay
    /// denser; no layer is denser than 1, and what such a layer cannot take is given to the others (Mocanu et al. 2018; Evci et al.,
    /// Rigging the Lottery, 2020).
    /// </summary>
    /// <param name="density">Share of all weights that stays, 0 to 1.</param>
    /// <returns>One share per layer.</returns>
    public static double[] ErdosRenyiKernel(IReadOnlyList<WeightMatrix> matrices, double density)
    {
        double[] raw = [.. matrices.Select(matrix => matrix.Shape.Sum() / (double)matrix.Elements)];
        var isFull = new bool[raw.Length];
        while (true)
        {
            var left = density * matrices.Sum(matrix => matrix.Elements);
            double wanted = 0;
            for (var i = 0; i < raw.Length; i++)
            {
                if (isFull[i]) left -= matrices[i].Elements;
                else wanted += raw[i] * matrices[i].Elements;
            }

            var factor = wanted > 0 ? Math.Max(0, left) / wanted : 0;
            var overfull = Enumerable.Range(0, raw.Length).Where(i => !isFull[i] && factor * raw[i] > 1).ToArray();
            if (overfull.Length == 0) return [.. raw.Select((value, i) => isFull[i] ? 1 : factor * value)];
            // All at once as the authors do it: the densest first, and those equal to it with it.
            var densest = overfull.Max(i => raw[i]);
            foreach (var i in overfull.Where(i => raw[i] == densest)) isFull[i] = true;
        }
    }

    /// <summary>
    /// Every layer is pruned until its curve predicts the same rise of the loss; one without a curve keeps all. None goes deeper than it was measured, unless
    /// all have to: a layer that was not missed at 98 % may well be missed as a whole.
    /// </summary>
    /// <param name="density">Share of all weights that stays, 0 to 1.</param>
    /// <param name="least">Share of a layer that stays in any case, 0 to 1.</param>
    /// <returns>One share per layer.</returns>
    public static double[] BySensitivity(IReadOnlyList<WeightMatrix> matrices, IReadOnlyList<SensitivityCurve?> curves, double density, double least)
    {
        double[] At(double rise) => [.. curves.Select(curve => curve is null ? 1 : Math.Max(Math.Max(least, Math.Min(density, 1 - curve.Deepest)), 1 - curve.Share(rise)))];
        double Kept(double[] densities) => densities.Select((share, i) => share * matrices[i].Elements).Sum();
        var wanted = density * matrices.Sum(matrix => matrix.Elements);
        var (low, high) = (0.0, 1.0);
        while (Kept(At(high)) > wanted && high < 1e12) high *= 2;
        for (var halving = 0; halving < Halvings; halving++)
        {
            var middle = (low + high) / 2;
            if (Kept(At(middle)) > wanted) low = middle;
            else high = middle;
        }

        // Flat pieces of curves go at one rise: of these, as of everything where nothing rises, all layers lose the same part.
        double[] more = Kept(At(low)) > wanted ? At(low) : [.. curves.Select(_ => 1.0)], fewer = At(high);
        var (all, few) = (Kept(more), Kept(fewer));
        var part = all > few ? Math.Clamp((wanted - few) / (all - few), 0, 1) : 0;
        return [.. fewer.Select((share, i) => share + (part * (more[i] - share)))];
    }
}
