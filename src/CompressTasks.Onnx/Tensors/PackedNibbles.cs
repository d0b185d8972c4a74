namespace CompressTasks.Onnx;

/// <summary>Elements of 4 bits, two in a byte, the first in the lower half; an odd number leaves the last upper half at 0.</summary>
public static class PackedNibbles
{
    /// <returns>One byte for each element, its upper half 0.</returns>
    public static byte[] Unpack(ReadOnlySpan<byte> packed, long count)
    {
        var elements = new byte[count];
        for (var i = 0; i < elements.Length; i++) elements[i] = (byte)((packed[i / 2] >> (4 * (i % 2))) & 0xf);
        return elements;
    }

    /// <param name="elements">One byte for each element, of which the lower half counts.</param>
    public static byte[] Pack(ReadOnlySpan<byte> elements)
    {
        var packed = new byte[(elements.Length + 1) / 2];
        for (var i = 0; i < elements.Length; i++) packed[i / 2] |= (byte)((elements[i] & 0xf) << (4 * (i % 2)));
        return packed;
    }
}
