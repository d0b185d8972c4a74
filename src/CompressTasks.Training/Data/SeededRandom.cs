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

    /// <summary>A number from 0 to below 1.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1L << 53));

    /// <summary>A number between 0 and 1 from the distribution Beta(a, a), a above 0.</summary>
    public double Beta(double a)
    {
        var (first, second) = (LogGamma(a), LogGamma(a));
        return 1 / (1 + Math.Exp(second - first));
    }

    /// <summary>The numbers 0 to <paramref name="count"/> - 1 in random order (Fisher and Yates).</summary>
    public static int[] Permutation(int count, int seed, long stream) => new SeededRandom(seed, stream).Permutation(count);

    /// <summary>The numbers 0 to <paramref name="count"/> - 1 in random order.</summary>
    public int[] Permutation(int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++) order[i] = i;
        for (var i = count - 1; i > 0; i--)
        {
            var other = Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    /// <summary>The logarithm of a number from Gamma(a, 1), since those for a small a are too small for a double (Marsaglia and Tsang, 2000).</summary>
    double LogGamma(double a)
    {
        // A number for a + 1 times a power of a uniform one is one for a.
        if (a < 1) return LogGamma(a + 1) + (Math.Log(1 - Unit()) / a);
        var d = a - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = Math.Sqrt(-2 * Math.Log(1 - Unit())) * Math.Cos(2 * Math.PI * Unit());
            var v = 1 + (c * x);
            if (v <= 0) continue;
            v = v * v * v;
            if (Math.Log(1 - Unit()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v))) return Math.Log(d * v);
        }
    }

    static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
