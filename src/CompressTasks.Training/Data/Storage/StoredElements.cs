using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>How a file stores its numbers, and the reading of them into a tensor.</summary>
/// <param name="Type">Torch's type with the same bits; for unsigned 16-, 32- and 64-bit integers the signed one; bytes for booleans.</param>
/// <param name="Size">Bytes of one number.</param>
/// <param name="IsBigEndian">Byte order in the file.</param>
/// <param name="IsUnsigned">True for unsigned 16-, 32- and 64-bit integers, which torch lacks.</param>
/// <param name="IsBoolean">True for bytes that say yes or no: they are no pixels, and are not scaled as such.</param>
readonly record struct StoredElements(ScalarType Type, int Size, bool IsBigEndian, bool IsUnsigned = false, bool IsBoolean = false)
{
    const int ChunkBytes = 1 << 22;

    public static StoredElements Bytes { get; } = new(ScalarType.Byte, 1, IsBigEndian: false);

    public static StoredElements Floats { get; } = new(ScalarType.Float32, 4, IsBigEndian: !BitConverter.IsLittleEndian);

    /// <summary>The type of what <see cref="Read"/> returns.</summary>
    public ScalarType LoadedType => IsBoolean ? ScalarType.Bool : (IsUnsigned, Size) switch
    {
        (true, 2) => ScalarType.Int32,
        (true, 4) => ScalarType.Int64,
        _ => Type,
    };

    /// <summary>
    /// Reads a tensor of this shape, C order, straight into its memory. The caller has checked that the file can hold it.
    /// Unsigned integers are widened to the next signed type.
    /// </summary>
    /// <exception cref="EndOfStreamException">The file ends too early.</exception>
    /// <exception cref="OverflowException">An unsigned 64-bit number above the signed ones.</exception>
    public Tensor Read(Stream stream, long[] shape)
    {
        using var scope = NewDisposeScope();
        var values = empty(shape, Type);
        var flat = values.view(-1);
        var total = values.numel();
        var chunk = ChunkBytes / Size;
        for (long start = 0; start < total; start += chunk)
        {
            using var part = flat.narrow(0, start, Math.Min(chunk, total - start));
            stream.ReadExactly(part.bytes);
        }

        return Finished(values).MoveToOuterDisposeScope();
    }

    /// <summary>Bytes as they lie in the file made numbers: byte order, unsigned types, booleans.</summary>
    /// <param name="stored">Of <see cref="Type"/>; changed in place.</param>
    /// <returns>The same tensor or a new one, in the caller's scope.</returns>
    /// <exception cref="OverflowException">An unsigned 64-bit number above the signed ones.</exception>
    public Tensor Finished(Tensor stored)
    {
        if (IsBigEndian && Size > 1)
        {
            using var flat = stored.view(-1);
            var total = stored.numel();
            var chunk = ChunkBytes / Size;
            for (long start = 0; start < total; start += chunk)
            {
                using var part = flat.narrow(0, start, Math.Min(chunk, total - start));
                Reverse(part.bytes);
            }
        }

        return IsBoolean ? stored.ne(0) : IsUnsigned ? Widened(stored) : stored;
    }

    void Reverse(Span<byte> bytes)
    {
        switch (Size)
        {
            case 2:
                var words = MemoryMarshal.Cast<byte, short>(bytes);
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            case 4:
                var doubleWords = MemoryMarshal.Cast<byte, int>(bytes);
                BinaryPrimitives.ReverseEndianness(doubleWords, doubleWords);
                break;
            case 8:
                var quadWords = MemoryMarshal.Cast<byte, long>(bytes);
                BinaryPrimitives.ReverseEndianness(quadWords, quadWords);
                break;
        }
    }

    Tensor Widened(Tensor values)
    {
        if (Size == 2) return values.to(ScalarType.Int32).bitwise_and_(tensor(0xFFFF));
        if (Size == 4) return values.to(ScalarType.Int64).bitwise_and_(tensor(0xFFFFFFFFL));
        if (values.numel() > 0 && values.min().item<long>() < 0)
        {
            throw new OverflowException("An unsigned 64-bit number is above 9223372036854775807.");
        }

        return values;
    }
}
