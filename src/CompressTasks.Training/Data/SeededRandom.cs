namespace CompressTasks.Training;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the same numbers on every
/// machine, runtime and device, from a seed and a stream number, so that nothing has to be saved to go on with a run.
/// </summary>
public sealed class SeededRandom
{
    const ulong Golden = 0x9E3779B97F4A7C15;
    ulong state;

    public SeededRandom(int seed, long stream) => state = Mix(Mix((ulong)seed + Golden) ^ (ulong)stream);

    public ulong Next() => Mix(state += Golden);

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    public bool Coin() => (long)Next() < 0;

    /// <summary>The numbers 0 to <paramref name="count"/> - 1 in random order (Fisher and Yates).</summary>
    public static int[] Permutation(int count, int seed, long stream)
    {
        var random = new SeededRandom(seed, stream);
        var order = new int[count];
        for (var i = 0; i < count; i++) order[i] = i;
        for (var i = count - 1; i > 0; i--)
        {
            var other = random.Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
