using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>
/// The elements of a <see cref="TensorProto"/>, wherever the exporter put them (raw_data or one of the typed fields).
/// External data is already in raw_data once a model was read by <see cref="OnnxModel.Read"/>.
/// </summary>
public static class TensorData
{
    /// <summary>Number of elements by the dimensions; 1 for a scalar.</summary>
    /// <exception cref="ModelException">CMP0003 when a dimension is negative or the product overflows.</exception>
    public static long ElementCount(this TensorProto tensor)
    {
        long count = 1;
        foreach (var dimension in tensor.Dims)
        {
            if (dimension < 0) throw Invalid(tensor, $"has the negative dimension {dimension}");
            if (dimension != 0 && count > long.MaxValue / dimension) throw Invalid(tensor, "has more elements than can be counted");
            count *= dimension;
        }

        return count;
    }

    /// <summary>The elements in the little-endian raw layout of the specification, C order.</summary>
    /// <exception cref="ModelException">CMP0003 when the data does not match the dimensions, or the tensor holds strings.</exception>
    public static ReadOnlyMemory<byte> Bytes(this TensorProto tensor)
    {
        var type = tensor.ElementType();
        var bits = ElementTypes.Bits(type);
        if (bits == 0) throw Invalid(tensor, $"has the element type {type}, which has no raw layout");
        var expected = TensorCheck.ByteCount(tensor);
        var bytes = tensor.HasRawData ? tensor.RawData.Memory : TypedFields(tensor, type);
        if (bytes.Length != expected) throw Invalid(tensor, $"holds {bytes.Length} bytes where its shape needs {expected}");
        return bytes;
    }

    /// <summary>All elements as float; 16-bit and 64-bit floating point and integers are converted.</summary>
    public static float[] ToFloats(this TensorProto tensor)
    {
        var bytes = tensor.Bytes().Span;
        var type = tensor.ElementType();
        if (type == DataType.Float) return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        var count = checked((int)tensor.ElementCount());
        var result = new float[count];
        switch (type)
        {
            case DataType.Float16:
                var halves = MemoryMarshal.Cast<byte, Half>(bytes);
                for (var i = 0; i < count; i++) result[i] = (float)halves[i];
                break;
            case DataType.Bfloat16:
                var words = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var i = 0; i < count; i++) result[i] = BitConverter.UInt32BitsToSingle((uint)words[i] << 16);
                break;
            case DataType.Double:
                var doubles = MemoryMarshal.Cast<byte, double>(bytes);
                for (var i = 0; i < count; i++) result[i] = (float)doubles[i];
                break;
            default:
                var integers = tensor.ToLongs();
                for (var i = 0; i < count; i++) result[i] = integers[i];
                break;
        }

        return result;
    }

    /// <summary>All elements as float, for reading: the tensor's own memory where it is float32 already, else a converted copy.</summary>
    public static ReadOnlySpan<float> AsFloats(this TensorProto tensor) =>
        tensor.ElementType() == DataType.Float ? MemoryMarshal.Cast<byte, float>(tensor.Bytes().Span) : tensor.ToFloats();

    /// <summary>All elements of an integer or boolean tensor as 64-bit integers.</summary>
    /// <exception cref="ModelException">CMP0003 for any other element type.</exception>
    public static long[] ToLongs(this TensorProto tensor)
    {
        var bytes = tensor.Bytes().Span;
        return tensor.ElementType() switch
        {
            DataType.Int64 => MemoryMarshal.Cast<byte, long>(bytes).ToArray(),
            DataType.Uint64 => Widen(MemoryMarshal.Cast<byte, ulong>(bytes), value => unchecked((long)value)),
            DataType.Int32 => Widen(MemoryMarshal.Cast<byte, int>(bytes), value => value),
            DataType.Uint32 => Widen(MemoryMarshal.Cast<byte, uint>(bytes), value => value),
            DataType.Int16 => Widen(MemoryMarshal.Cast<byte, short>(bytes), value => value),
            DataType.Uint16 => Widen(MemoryMarshal.Cast<byte, ushort>(bytes), value => value),
            DataType.Int8 => Widen(MemoryMarshal.Cast<byte, sbyte>(bytes), value => value),
            DataType.Uint8 or DataType.Bool => Widen(bytes, value => value),
            var other => throw Invalid(tensor, $"holds {other} where integers are needed"),
        };
    }

    public static TensorProto FromFloats(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<float> values) =>
        FromBytes(name, DataType.Float, dimensions, MemoryMarshal.AsBytes(values).ToArray());

    public static TensorProto FromLongs(string name, ReadOnlySpan<long> dimensions, ReadOnlySpan<long> values) =>
        FromBytes(name, DataType.Int64, dimensions, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>A tensor over the given raw bytes; the array is owned by the tensor from here on.</summary>
    public static TensorProto FromBytes(string name, DataType type, ReadOnlySpan<long> dimensions, byte[] raw)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = UnsafeByteOperations.UnsafeWrap(raw) };
        tensor.Dims.AddRange(dimensions.ToArray());
        return tensor;
    }

    /// <summary>
    /// Replaces all elements, keeping name, dimensions, element type and documentation; floats are converted to the tensor's type.
    /// </summary>
    public static void SetFloats(this TensorProto tensor, ReadOnlySpan<float> values)
    {
        if (values.Length != tensor.ElementCount())
        {
            throw Invalid(tensor, $"was given {values.Length} values for {tensor.ElementCount()} elements");
        }

        var raw = new byte[values.Length * ElementTypes.Bits(tensor.ElementType()) / 8];
        switch (tensor.ElementType())
        {
            case DataType.Float:
                MemoryMarshal.AsBytes(values).CopyTo(raw);
                break;
            case DataType.Double:
                for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(raw.AsSpan(i * 8), values[i]);
                break;
            case DataType.Float16:
                for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(raw.AsSpan(i * 2), (Half)values[i]);
                break;
            case DataType.Bfloat16:
                for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(raw.AsSpan(i * 2), RoundToBfloat16(values[i]));
                break;
            case var other:
                throw Invalid(tensor, $"holds {other}, not floating point");
        }

        tensor.SetBytes(raw);
    }

    /// <summary>Replaces the raw bytes; typed fields are cleared so that one copy of the data remains.</summary>
    public static void SetBytes(this TensorProto tensor, byte[] raw)
    {
        tensor.FloatData.Clear();
        tensor.Int32Data.Clear();
        tensor.Int64Data.Clear();
        tensor.DoubleData.Clear();
        tensor.Uint64Data.Clear();
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(raw);
    }

    static ushort RoundToBfloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    static ReadOnlyMemory<byte> TypedFields(TensorProto tensor, DataType type) => type switch
    {
        DataType.Float or DataType.Complex64 => Packed<float>([.. tensor.FloatData]),
        DataType.Double or DataType.Complex128 => Packed<double>([.. tensor.DoubleData]),
        DataType.Int64 => Packed<long>([.. tensor.Int64Data]),
        DataType.Uint64 => Packed<ulong>([.. tensor.Uint64Data]),
        DataType.Uint32 => Packed<uint>([.. tensor.Uint64Data.Select(value => (uint)value)]),
        DataType.Int32 => Packed<int>([.. tensor.Int32Data]),
        DataType.Uint16 or DataType.Int16 or DataType.Float16 or DataType.Bfloat16 => Packed<ushort>([.. tensor.Int32Data.Select(value => (ushort)value)]),
        _ => tensor.Int32Data.Select(value => (byte)value).ToArray(),
    };

    static byte[] Packed<T>(T[] values) where T : struct => MemoryMarshal.AsBytes<T>(values).ToArray();

    static long[] Widen<T>(ReadOnlySpan<T> values, Func<T, long> widen)
    {
        var result = new long[values.Length];
        for (var i = 0; i < values.Length; i++) result[i] = widen(values[i]);
        return result;
    }

    static ModelException Invalid(TensorProto tensor, string what) =>
        new(ModelException.InvalidGraph, $"Tensor '{tensor.Name}' {what}.");
}
