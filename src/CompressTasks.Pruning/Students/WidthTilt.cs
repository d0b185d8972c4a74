namespace CompressTasks.Pruning.Students;

/// <summary>
/// Which stages lose more of their width: at a factor x of the whole, the stage at position p from -1 (first) to 1 (last) keeps x to the power of
/// 2^(tilt p). 0 narrows all alike; above 0 late stages get narrower than early ones, below 0 early ones.
/// </summary>
static class WidthTilt
{
    /// <returns>The exponent of each group.</returns>
    public static double[] Exponents(IReadOnlyList<LayerStage> stages, int groups, double tilt)
    {
        var exponents = new double[groups];
        Array.Fill(exponents, 1);
        for (var stage = 0; stage < stages.Count && stages.Count > 1; stage++)
        {
            var position = (2.0 * stage / (stages.Count - 1)) - 1;
            foreach (var group in stages[stage].Groups) exponents[group] = Math.Pow(2, tilt * position);
        }

        return exponents;
    }
}
