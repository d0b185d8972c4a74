namespace CompressTasks.Pruning.Coupling;

/// <summary>
/// An axis that is the product of others: heads times head size, groups times channels of a group. Removing index i of a factor
/// removes every index of the whole at which the factor stands at i.
/// </summary>
sealed class ProductConstraint(int[] whole, IReadOnlyList<int[]?> factors, IReadOnlyList<long> lengths)
{
    /// <summary>Labels of the whole axis, C order over the factors.</summary>
    public int[] Whole => whole;

    /// <summary>Labels per factor; null for a factor that is never cut.</summary>
    public IReadOnlyList<int[]?> Factors => factors;

    /// <summary>Calls <paramref name="visit"/> with every position's label and its index within factor <paramref name="factor"/>.</summary>
    public void ForEach(int factor, Action<int, int> visit)
    {
        var inner = Inner(factor);
        for (var position = 0; position < whole.Length; position++)
        {
            visit(whole[position], (int)(position / inner % lengths[factor]));
        }
    }

    /// <summary>At which index a factor stands at a position of the whole.</summary>
    public int IndexOf(int factor, int position) => (int)(position / Inner(factor) % lengths[factor]);

    public bool HasSameLengths(ProductConstraint other, IReadOnlyList<int> mine, IReadOnlyList<int> theirs) =>
        mine.Count == theirs.Count && mine.Zip(theirs).All(pair => lengths[pair.First] == other.LengthOf(pair.Second));

    public long LengthOf(int factor) => lengths[factor];

    long Inner(int factor)
    {
        long inner = 1;
        for (var i = factor + 1; i < lengths.Count; i++) inner *= lengths[i];
        return inner;
    }
}
