using System.Runtime.InteropServices;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training;

/// <summary>
/// From ONNX tensors to torch tensors and back. 16-bit floating point computes in 32 bits (libtorch's 16-bit kernels on a CPU are many
/// times slower, and training needs the range) and is rounded again when it is written back.
/// </summary>
static class TorchTensors
{
    /// <exception cref="ModelException">CMP0003 for element types that libtorch cannot compute with.</exception>
    public static ScalarType ScalarTypeOf(DataType type) => type switch
    {
        DataType.Float or DataType.Float16 or DataType.Bfloat16 => ScalarType.Float32,
        DataType.Double => ScalarType.Float64,
        DataType.Int64 or DataType.Uint64 or DataType.Uint32 => ScalarType.Int64,
        DataType.Int32 or DataType.Uint16 => ScalarType.Int32,
        DataType.Int16 => ScalarType.Int16,
        DataType.Int8 => ScalarType.Int8,
        DataType.Uint8 => ScalarType.Byte,
        DataType.Bool => ScalarType.Bool,
        _ => throw new ModelException(ModelException.InvalidGraph, $"Tensors of the element type {type} cannot be trained with."),
    };

    /// <summary>True for the element types that libtorch has tensors of, or wider ones that hold the same numbers.</summary>
    public static bool CanHold(DataType type) => ElementTypes.IsFloatingPoint(type) || ElementTypes.IsInteger(type);

    public static Tensor ToTensor(this TensorProto source)
    {
        long[] shape = [.. source.Dims];
        return source.ElementType() switch
        {
            DataType.Double => tensor(MemoryMarshal.Cast<byte, double>(source.Bytes().Span).ToArray(), shape),
            var type when ElementTypes.IsFloatingPoint(type) => tensor(source.ToFloats(), shape),
            var type => tensor(source.ToLongs(), shape, ScalarTypeOf(type)),
        };
    }

    /// <summary>A small integer tensor stays in C#; everything else becomes a torch tensor.</summary>
    public static Value ToValue(this TensorProto source)
    {
        var isSmallInteger = ElementTypes.IsInteger(source.ElementType()) && source.ElementCount() <= IntegerTensor.LargestKept;
        return isSmallInteger ? new IntegerTensor([.. source.Dims], source.ToLongs(), ScalarTypeOf(source.ElementType())) : source.ToTensor();
    }

    /// <summary>Puts the tensor's elements, in C order whatever its strides, into the initializer.</summary>
    public static void CopyTo(this Tensor source, TensorProto target)
    {
        using var scope = NewDisposeScope();
        var plain = source.detach().cpu().contiguous();
        if (target.ElementType() == DataType.Double)
        {
            target.SetBytes(MemoryMarshal.AsBytes<double>(plain.to(ScalarType.Float64).data<double>().ToArray()).ToArray());
        }
        else
        {
            target.SetFloats(plain.to(ScalarType.Float32).data<float>().ToArray());
        }
    }
}
