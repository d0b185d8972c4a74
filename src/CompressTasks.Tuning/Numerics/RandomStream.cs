using System.Numerics;

namespace CompressTasks.Tuning;

/// <summary>
/// xoshiro256** (Blackman and Vigna 2018), seeded by SplitMix64 from what the draw belongs to: study, trial and purpose. So a draw depends on nothing
/// that happened before, and a resumed or parallel study draws what an uninterrupted one draws.
/// </summary>
struct RandomStream
{
    ulong _a;
    ulong _b;
    ulong _c;
    ulong _d;

    public RandomStream(long seed, long trial, long purpose)
    {
        var state = Mix(Mix(Mix((ulong)seed) + (ulong)trial) + (ulong)purpose);
        _a = Split(ref state);
        _b = Split(ref state);
        _c = Split(ref state);
        _d = Split(ref state);
    }

    public ulong NextBits()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 to count - 1.</summary>
    public int Next(int count) => (int)Math.BigMul(NextBits(), (ulong)count, out _);

    /// <summary>Standard normal.</summary>
    public double NextNormal() => Normal.Quantile(Math.Max(NextDouble(), 1e-300));

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    static ulong Mix(ulong value)
    {
        var state = value;
        return Split(ref state);
    }

    static ulong Split(ref ulong state)
    {
        var value = state += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
