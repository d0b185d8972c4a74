namespace CompressTasks.Fuzzing.Mutations;

/// <summary>Numbers that programs trip over, and small ones that fit.</summary>
static class Numbers
{
    static readonly long[] Edges =
    [
        0, 1, -1, 2, -2, 3, 7, 64, 1 << 10, 1 << 20, 1 << 24, (1 << 24) + 1, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 33, 1L << 40, 1L << 62, long.MaxValue, long.MinValue,
    ];

    public static long Any(Random random) => random.Next(3) == 0 ? random.Next(-3, 20) : Edges[random.Next(Edges.Length)];

    public static float AnyFloat(Random random) => random.Next(8) switch
    {
        0 => float.NaN,
        1 => float.PositiveInfinity,
        2 => float.NegativeInfinity,
        3 => 0,
        4 => float.MaxValue,
        5 => float.Epsilon,
        _ => (float)((random.NextDouble() * 4) - 2),
    };
}
