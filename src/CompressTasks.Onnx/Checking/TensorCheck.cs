using System.Numerics;
using CompressTasks.Onnx.Schema;
using DataLocation = CompressTasks.Onnx.Schema.TensorProto.Types.DataLocation;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>A tensor holds as many elements as its dimensions say; nothing is allocated to find out.</summary>
static class TensorCheck
{
    public static void Check(TensorProto tensor, string? file)
    {
        if (tensor.Dims.Any(dimension => dimension < 0)) throw Broken(tensor, "has a negative dimension", file);
        if (tensor.DataLocation == DataLocation.External) return;
        var type = tensor.ElementType();
        if (!Enum.IsDefined(type) || type == DataType.Undefined)
        {
            throw Broken(tensor, $"has the unknown element type {tensor.DataType}", file);
        }
        var expected = ByteCount(tensor);
        if (tensor.HasRawData)
        {
            if (type == DataType.String) throw Broken(tensor, "keeps strings as raw data", file);
            if (tensor.RawData.Length != expected)
            {
                throw Broken(tensor, $"holds {tensor.RawData.Length} bytes where its shape needs {expected}", file);
            }
            return;
        }

        var (stored, needed) = (Stored(tensor, type), Entries(tensor, type));
        if (stored != needed) throw Broken(tensor, $"holds {stored} elements where its shape needs {needed}", file);
    }

    /// <summary>Bytes that the dimensions ask for in raw layout, as exact as they may be absurd.</summary>
    public static BigInteger ByteCount(TensorProto tensor) => ((Count(tensor) * ElementTypes.Bits(tensor.ElementType())) + 7) / 8;

    static BigInteger Count(TensorProto tensor) => tensor.Dims.Aggregate(BigInteger.One, (product, dimension) => product * dimension);

    static BigInteger Entries(TensorProto tensor, DataType type) => type switch
    {
        DataType.Complex64 or DataType.Complex128 => Count(tensor) * 2,
        _ when ElementTypes.Bits(type) == 4 => (Count(tensor) + 1) / 2,
        _ => Count(tensor),
    };

    static int Stored(TensorProto tensor, DataType type) => type switch
    {
        DataType.Float or DataType.Complex64 => tensor.FloatData.Count,
        DataType.Double or DataType.Complex128 => tensor.DoubleData.Count,
        DataType.Int64 => tensor.Int64Data.Count,
        DataType.Uint64 or DataType.Uint32 => tensor.Uint64Data.Count,
        DataType.String => tensor.StringData.Count,
        _ => tensor.Int32Data.Count,
    };

    static ModelException Broken(TensorProto tensor, string what, string? file) =>
        new(ModelException.InvalidGraph, $"Tensor '{tensor.Name}' {what}.", file, "The file is damaged; export the model again.");
}
