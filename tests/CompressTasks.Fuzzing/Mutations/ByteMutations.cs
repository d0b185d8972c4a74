namespace CompressTasks.Fuzzing.Mutations;

/// <summary>Damage as a bad disk, a broken download or a careless editor does it.</summary>
static class ByteMutations
{
    /// <summary>Bytes that stand at the edges of what a varint or a length can be.</summary>
    static readonly byte[] Edges = [0x00, 0x01, 0x7f, 0x80, 0xff];

    public static byte[] Apply(byte[] bytes, IReadOnlyList<byte[]> others, Random random)
    {
        for (var count = 1 + random.Next(4); count > 0 && bytes.Length > 0; count--)
        {
            bytes = random.Next(6) switch
            {
                0 => Changed(bytes, random, value => (byte)(value ^ (1 << random.Next(8)))),
                1 => Changed(bytes, random, _ => Edges[random.Next(Edges.Length)]),
                2 => bytes[..random.Next(bytes.Length)],
                3 => Spliced(bytes, others[random.Next(others.Count)], random),
                4 => Repeated(bytes, random),
                _ => Without(bytes, random),
            };
        }

        return bytes;
    }

    static byte[] Changed(byte[] bytes, Random random, Func<byte, byte> change)
    {
        var result = (byte[])bytes.Clone();
        for (var count = 1 + random.Next(8); count > 0; count--)
        {
            // Structure lies at the start and the end; the middle is weights.
            var at = random.Next(3) switch { 0 => random.Next(Math.Min(bytes.Length, 256)), 1 => bytes.Length - 1 - random.Next(Math.Min(bytes.Length, 1024)), _ => random.Next(bytes.Length) };
            result[at] = change(result[at]);
        }

        return result;
    }

    static byte[] Spliced(byte[] bytes, byte[] other, Random random) => [.. bytes[..random.Next(bytes.Length)], .. other[random.Next(other.Length)..]];

    static byte[] Repeated(byte[] bytes, Random random)
    {
        var (start, length) = Part(bytes, random);
        return [.. bytes[..(start + length)], .. bytes[start..]];
    }

    static byte[] Without(byte[] bytes, Random random)
    {
        var (start, length) = Part(bytes, random);
        return [.. bytes[..start], .. bytes[(start + length)..]];
    }

    static (int Start, int Length) Part(byte[] bytes, Random random)
    {
        var start = random.Next(bytes.Length);
        return (start, random.Next(Math.Min(64, bytes.Length - start) + 1));
    }
}
