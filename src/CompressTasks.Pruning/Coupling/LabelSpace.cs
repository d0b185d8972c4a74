namespace CompressTasks.Pruning.Coupling;

/// <summary>
/// The labels of all indices of all axes, as a union-find over single indices: two indices with one label live or die together.
/// A label may be frozen (never removed), and an index may depend on several labels at once by a <see cref="ProductConstraint"/>.
/// </summary>
sealed class LabelSpace
{
    readonly List<int> parents = [];
    readonly List<FreezeReason?> reasons = [];
    readonly List<ProductConstraint> products = [];

    public int Count => parents.Count;

    public IReadOnlyList<ProductConstraint> Products => products;

    public int[] New(long count)
    {
        var labels = new int[count];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = parents.Count;
            parents.Add(labels[i]);
            reasons.Add(null);
        }

        return labels;
    }

    /// <summary>The representative of the label's class; paths are halved on the way, so the cost is near constant.</summary>
    public int Find(int label)
    {
        while (parents[label] != label)
        {
            parents[label] = parents[parents[label]];
            label = parents[label];
        }

        return label;
    }

    public void Unite(int first, int second)
    {
        var (low, high) = (Find(first), Find(second));
        if (low == high) return;
        if (low > high) (low, high) = (high, low);
        parents[high] = low;
        reasons[low] ??= reasons[high];
    }

    public void Freeze(int label, FreezeReason reason) => reasons[Find(label)] ??= reason;

    public FreezeReason? ReasonOf(int label) => reasons[Find(label)];

    public bool IsFrozen(int label) => ReasonOf(label) is not null;

    /// <summary>
    /// Declares that the index at position (i, j, ...) of <paramref name="whole"/> lives exactly while all of its factors' indices i, j,
    /// ... live.
    /// </summary>
    /// <param name="whole">Labels in C order over the factors; as many as the product of the factors' lengths.</param>
    /// <param name="factors">The labels of each factor; null for one that is never cut.</param>
    public void AddProduct(int[] whole, IReadOnlyList<int[]?> factors, IReadOnlyList<long> lengths) =>
        products.Add(new ProductConstraint(whole, factors, lengths));
}
