namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Values that many sweeps go through.</summary>
static class Choices
{
    public static readonly bool[] Flags = [false, true];

    /// <summary>Shapes of ranks 0 to 5 with odd lengths, lengths of 1, and one without elements; drawn once, the same in every run.</summary>
    public static readonly long[][] Shapes = Draw();

    /// <summary>Pairs that broadcast in every direction.</summary>
    public static readonly (long[] Left, long[] Right)[] Broadcasts =
    [
        ([2, 3, 4], [2, 3, 4]), ([2, 1, 4], [3, 1]), ([3], [2, 5, 3]), ([2, 3, 4], []), ([], [3]), ([1], [2, 1, 3]), ([0, 3], [1, 3]), ([], []),
    ];

    static long[][] Draw()
    {
        var random = new Random(5);
        long[] lengths = [1, 2, 3, 5, 7];
        var shapes = Enumerable.Range(0, 6).Select(rank => random.GetItems(lengths, rank)).ToList();
        return [[2, 3, 4], [1, 5], .. shapes, [2, 0, 3]];
    }

    /// <summary>Every axis of a rank, and the last one counted from the end.</summary>
    public static IEnumerable<int> AxesOf(int rank) => [.. Enumerable.Range(0, rank), -1];

    public static IEnumerable<NodeCase> Of(params NodeCase[] cases) => cases;
}
