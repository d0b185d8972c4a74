namespace CompressTasks.Training;

/// <summary>How a stored sample becomes the model's input: axes permuted, then seen in another shape.</summary>
/// <param name="Axes">Order of the stored axes; null where they stay.</param>
/// <param name="Shape">The sample's shape afterwards.</param>
sealed record SampleLayout(int[]? Axes, long[] Shape, bool ChangesNothing)
{
    /// <summary>
    /// The first that fits, in this order: as stored; [H, W, C] as [C, H, W] and the other way round; a channel axis of length 1
    /// added in front ([28, 28] as [1, 28, 28]) or behind; axes of length 1 left out; everything in one row, as stored.
    /// </summary>
    public static SampleLayout? Find(long[] stored, ReadOnlySpan<long> wanted)
    {
        foreach (var layout in Candidates(stored))
        {
            if (Matches(layout.Shape, wanted)) return layout;
        }

        return null;
    }

    static IEnumerable<SampleLayout> Candidates(long[] stored)
    {
        yield return new(null, stored, ChangesNothing: true);
        if (stored is [var first, var second, var third])
        {
            if (third is 1 or 3 or 4) yield return new([2, 0, 1], [third, first, second], ChangesNothing: false);
            if (first is 1 or 3 or 4) yield return new([1, 2, 0], [second, third, first], ChangesNothing: false);
        }

        yield return new(null, [1, .. stored], ChangesNothing: false);
        yield return new(null, [.. stored, 1], ChangesNothing: false);
        yield return new(null, [.. stored.Where(length => length != 1)], ChangesNothing: false);
        yield return new(null, [stored.Aggregate(1L, (product, length) => product * length)], ChangesNothing: false);
    }

    static bool Matches(long[] shape, ReadOnlySpan<long> wanted)
    {
        if (shape.Length != wanted.Length) return false;
        for (var axis = 0; axis < shape.Length; axis++)
        {
            if (wanted[axis] > 0 && wanted[axis] != shape[axis]) return false;
        }

        return true;
    }
}
