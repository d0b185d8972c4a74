using System.Runtime.InteropServices;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep;

/// <summary>A tensor of any element type; every value of those that occur is a double.</summary>
/// <param name="Name">Of the graph's value.</param>
/// <param name="Type">Element type in the model.</param>
/// <param name="Shape">Its lengths.</param>
/// <param name="Values">Elements in C order, representable in <paramref name="Type"/>.</param>
/// <param name="HasGradient">True where the node's results follow the values smoothly, almost everywhere.</param>
public sealed record SweepTensor(string Name, DataType Type, long[] Shape, double[] Values, bool HasGradient = false)
{
    /// <summary>How many whole numbers there are to 1 where data between -1 and 1 become integers.</summary>
    const double IntegersToOne = 5;

    /// <summary>Rounds values to what the element type can hold; data that were made for real types are spread for integers.</summary>
    internal static SweepTensor Of(string name, DataType type, long[] shape, double[] values, bool isData) =>
        new(name, type, shape, Array.ConvertAll(values, value => Rounded(type, value, isData)), isData && type is DataType.Float);

    static double Rounded(DataType type, double value, bool isData) => type switch
    {
        DataType.Double => value,
        DataType.Float => (float)value,
        DataType.Float16 => (double)(Half)value,
        DataType.Bool => value > 0 ? 1 : 0,
        _ => isData && value != Math.Truncate(value) ? Math.Round(value * IntegersToOne) : value,
    };

    public byte[] Bytes() => Type switch
    {
        DataType.Double => MemoryMarshal.AsBytes<double>(Values).ToArray(),
        DataType.Float => Packed(value => (float)value),
        DataType.Float16 => Packed(value => (Half)value),
        DataType.Int64 => Packed(value => (long)value),
        DataType.Int32 => Packed(value => (int)value),
        DataType.Int8 => Packed(value => (sbyte)value),
        DataType.Uint8 or DataType.Bool => Packed(value => (byte)value),
        _ => throw new NotSupportedException(Type.ToString()),
    };

    byte[] Packed<T>(Converter<double, T> convert)
        where T : struct => MemoryMarshal.AsBytes<T>(Array.ConvertAll(Values, convert)).ToArray();

    internal static double[] Unpacked(DataType type, ReadOnlySpan<byte> bytes) => type switch
    {
        DataType.Double => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
        DataType.Float => Widened<float>(bytes, value => value),
        DataType.Float16 => Widened<Half>(bytes, value => (double)value),
        DataType.Int64 => Widened<long>(bytes, value => value),
        DataType.Int32 => Widened<int>(bytes, value => value),
        DataType.Int8 => Widened<sbyte>(bytes, value => value),
        DataType.Uint8 or DataType.Bool => Widened<byte>(bytes, value => value),
        _ => throw new NotSupportedException(type.ToString()),
    };

    static double[] Widened<T>(ReadOnlySpan<byte> bytes, Converter<T, double> convert)
        where T : struct => Array.ConvertAll(MemoryMarshal.Cast<byte, T>(bytes).ToArray(), convert);

    internal TensorProto Initializer() => TensorData.FromBytes(Name, Type, Shape, Bytes());

    internal ValueInfoProto Declaration()
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(Shape.Select(length => new TensorShapeProto.Types.Dimension { DimValue = length }));
        return new ValueInfoProto
        {
            Name = Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)Type, Shape = shape } },
        };
    }
}
