namespace CompressTasks.Tuning;

/// <summary>
/// Sobol's low-discrepancy sequence with nested uniform scrambling (Owen 1995) by the hash of Laine and Karras (2011). Every point can be asked for on its
/// own. Dimensions past the table of direction numbers are independent uniform.
/// </summary>
sealed class SobolSequence(long seed, int dimensions)
{
    const int Bits = 32;
    static readonly uint[][] Directions = [.. Enumerable.Range(0, SobolDirections.Table.Length + 1).Select(MakeDirections)];

    readonly uint[] _scrambles = MakeScrambles(seed, dimensions);

    /// <summary>Writes point <paramref name="index"/>, each coordinate in [0, 1).</summary>
    public void Point(int index, Span<double> target)
    {
        for (var dimension = 0; dimension < dimensions; dimension++)
        {
            if (dimension >= Directions.Length)
            {
                target[dimension] = new RandomStream(seed, index, dimension).NextDouble();
                continue;
            }

            var value = 0u;
            var directions = Directions[dimension];
            var code = (uint)index ^ ((uint)index >> 1);
            for (var bit = 0; code != 0; bit++, code >>= 1)
                if ((code & 1) != 0)
                    value ^= directions[bit];
            target[dimension] = (Scramble(value, _scrambles[dimension]) + 0.5) / 4294967296.0;
        }
    }

    public double[] Point(int index)
    {
        var point = new double[dimensions];
        Point(index, point);
        return point;
    }

    static uint[] MakeDirections(int dimension)
    {
        var directions = new uint[Bits];
        if (dimension == 0)
        {
            for (var bit = 0; bit < Bits; bit++)
                directions[bit] = 1u << (Bits - 1 - bit);
            return directions;
        }

        var row = SobolDirections.Table[dimension - 1];
        var (degree, coefficients) = (row[0], row[1]);
        for (var bit = 0; bit < Bits; bit++)
        {
            if (bit < degree)
            {
                directions[bit] = (uint)row[2 + bit] << (Bits - 1 - bit);
                continue;
            }

            directions[bit] = directions[bit - degree] ^ (directions[bit - degree] >> degree);
            for (var k = 1; k < degree; k++)
                if (((coefficients >> (degree - 1 - k)) & 1) != 0)
                    directions[bit] ^= directions[bit - k];
        }

        return directions;
    }

    static uint[] MakeScrambles(long seed, int dimensions)
    {
        var random = new RandomStream(seed, 0, 0x50B0);
        var scrambles = new uint[dimensions];
        foreach (ref var scramble in scrambles.AsSpan())
            scramble = (uint)random.NextBits();
        return scrambles;
    }

    static uint Scramble(uint value, uint seed)
    {
        value = Reverse(value);
        value += seed;
        value ^= value * 0x6C50B47Cu;
        value ^= value * 0xB82F1E52u;
        value ^= value * 0xC7AFE638u;
        value ^= value * 0x8D22F6E6u;
        return Reverse(value);
    }

    static uint Reverse(uint value)
    {
        value = (value >> 16) | (value << 16);
        value = ((value & 0x00FF00FFu) << 8) | ((value >> 8) & 0x00FF00FFu);
        value = ((value & 0x0F0F0F0Fu) << 4) | ((value >> 4) & 0x0F0F0F0Fu);
        value = ((value & 0x33333333u) << 2) | ((value >> 2) & 0x33333333u);
        return ((value & 0x55555555u) << 1) | ((value >> 1) & 0x55555555u);
    }
}
