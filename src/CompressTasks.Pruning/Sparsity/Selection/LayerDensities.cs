namespace CompressTasks.Pruning.Sparsity;

/// <summary>Shares of the weights that stay, layer by layer, where not scores but shapes decide.</summary>
public static class LayerDensities
{
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
}
