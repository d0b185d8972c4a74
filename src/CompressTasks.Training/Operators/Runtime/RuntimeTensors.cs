using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training;

/// <summary>Between the values of a running graph and ONNX Runtime's.</summary>
static class RuntimeTensors
{
    /// <summary>
    /// The ONNX type that a value has in the model: the inferred one where the value is of its kind (half precision runs as float32, and
    /// unsigned integers as wider signed ones), else that of its torch type.
    /// </summary>
    public static DataType ElementType(Value value, DataType inferred)
    {
        var type = value.QuantizedAs ?? value.Tensor?.dtype ?? value.Integers!.Type;
        var own = type switch
        {
            ScalarType.Float32 => DataType.Float,
            ScalarType.Float64 => DataType.Double,
            ScalarType.Float16 => DataType.Float16,
            ScalarType.BFloat16 => DataType.Bfloat16,
            ScalarType.Int64 => DataType.Int64,
            ScalarType.Int32 => DataType.Int32,
            ScalarType.Int16 => DataType.Int16,
            ScalarType.Int8 => DataType.Int8,
            ScalarType.Byte => DataType.Uint8,
            ScalarType.Bool => DataType.Bool,
            var other => throw OperatorErrors.Mismatch($"a tensor of the type {other} cannot be given to ONNX Runtime"),
        };
        var isSameKind = TorchTensors.CanHold(inferred) && ElementTypes.IsFloatingPoint(inferred) == ElementTypes.IsFloatingPoint(own)
            && (inferred == DataType.Bool) == (own == DataType.Bool);
        return isSameKind ? inferred : own;
    }

    /// <summary>A copy in the memory of ONNX Runtime; without history for gradients.</summary>
    public static OrtValue ToRuntime(Value value, DataType type)
    {
        if (value.Integers is { } integers) return FromLongs(integers.Values, integers.Shape, type);
        using var scope = NewDisposeScope();
        var plain = value.Tensor!.detach().cpu();
        if (type is DataType.Uint16 or DataType.Uint32 or DataType.Uint64)
        {
            return FromLongs(plain.to(ScalarType.Int64).contiguous().data<long>().ToArray(), plain.shape, type);
        }

        plain = plain.to(StoredAs(type)).contiguous();
        var result = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)(int)type, plain.shape);
        if (plain.numel() > 0) plain.bytes.CopyTo(result.GetTensorMutableRawData());
        return result;
    }

    /// <summary>
    /// A result as a value of the graph: small integers as numbers in C#, other numbers as a tensor on the device. What libtorch has no
    /// tensors of (strings, sequences, 4 and 8 bits of floating point) stays with ONNX Runtime, owned by the run.
    /// </summary>
    public static Value FromRuntime(OrtValue value, RunContext context)
    {
        if (!value.IsTensor) return context.Keep(value);
        var information = value.GetTensorTypeAndShape();
        var (type, shape) = ((DataType)(int)information.ElementDataType, information.Shape);
        if (!TorchTensors.CanHold(type)) return context.Keep(value);
        using (value)
        {
            var isInteger = ElementTypes.IsInteger(type);
            if (isInteger && information.ElementCount <= IntegerTensor.LargestKept)
            {
                return new IntegerTensor(shape, ToLongs(value, type, information.ElementCount), TorchTensors.ScalarTypeOf(type));
            }

            using var scope = NewDisposeScope();
            if (information.ElementCount == 0) return zeros(shape, TorchTensors.ScalarTypeOf(type), context.Device).MoveToOuterDisposeScope();
            if (type is DataType.Uint16 or DataType.Uint32 or DataType.Uint64)
            {
                return tensor(ToLongs(value, type, information.ElementCount), shape, TorchTensors.ScalarTypeOf(type), context.Device).MoveToOuterDisposeScope();
            }

            var result = empty(shape, StoredAs(type));
            value.GetTensorMutableRawData().CopyTo(result.bytes);
            return result.to(TorchTensors.ScalarTypeOf(type), context.Device).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The type that a node of ONNX Runtime declares for an input.</summary>
    public static TypeProto TypeOf(OrtValue value) => Describe(value.GetTypeInfo());

    static TypeProto Describe(OrtTypeInfo information) => information.OnnxType switch
    {
        OnnxValueType.ONNX_TYPE_TENSOR => new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor { ElemType = (int)information.TensorTypeAndShapeInfo.ElementDataType },
        },
        OnnxValueType.ONNX_TYPE_SEQUENCE => new TypeProto
        {
            SequenceType = new TypeProto.Types.Sequence { ElemType = Describe(information.SequenceTypeInfo.ElementType) },
        },
        OnnxValueType.ONNX_TYPE_OPTIONAL => new TypeProto
        {
            OptionalType = new TypeProto.Types.Optional { ElemType = Describe(information.OptionalTypeInfo.ElementType) },
        },
        var other => throw OperatorErrors.Mismatch($"values of the kind {other} cannot be passed between nodes"),
    };

    /// <summary>A tensor of that many axes of any length; some operators are not run without knowing the number.</summary>
    public static TypeProto TensorOf(DataType type, int rank)
    {
        var shape = new TensorShapeProto();
        for (var axis = 0; axis < rank; axis++) shape.Dim.Add(new TensorShapeProto.Types.Dimension());
        return new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } };
    }

    /// <summary>The torch type with the same bytes.</summary>
    static ScalarType StoredAs(DataType type) => type switch
    {
        DataType.Float16 => ScalarType.Float16,
        DataType.Bfloat16 => ScalarType.BFloat16,
        _ => TorchTensors.ScalarTypeOf(type),
    };

    static OrtValue FromLongs(long[] values, long[] shape, DataType type)
    {
        var result = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)(int)type, shape);
        if (values.Length == 0) return result;
        var bytes = result.GetTensorMutableRawData();
        switch (type)
        {
            case DataType.Int64 or DataType.Uint64: MemoryMarshal.AsBytes<long>(values).CopyTo(bytes); break;
            case DataType.Int32: TensorPrimitives.ConvertTruncating<long, int>(values, MemoryMarshal.Cast<byte, int>(bytes)); break;
            case DataType.Uint32: TensorPrimitives.ConvertTruncating<long, uint>(values, MemoryMarshal.Cast<byte, uint>(bytes)); break;
            case DataType.Int16: TensorPrimitives.ConvertTruncating<long, short>(values, MemoryMarshal.Cast<byte, short>(bytes)); break;
            case DataType.Uint16: TensorPrimitives.ConvertTruncating<long, ushort>(values, MemoryMarshal.Cast<byte, ushort>(bytes)); break;
            case DataType.Int8: TensorPrimitives.ConvertTruncating<long, sbyte>(values, MemoryMarshal.Cast<byte, sbyte>(bytes)); break;
            default: TensorPrimitives.ConvertTruncating<long, byte>(values, bytes); break;
        }

        return result;
    }

    static long[] ToLongs(OrtValue value, DataType type, long count)
    {
        var result = new long[count];
        if (count == 0) return result;
        var bytes = value.GetTensorMutableRawData();
        switch (type)
        {
            case DataType.Int64 or DataType.Uint64: MemoryMarshal.Cast<byte, long>(bytes).CopyTo(result); break;
            case DataType.Int32: TensorPrimitives.ConvertTruncating<int, long>(MemoryMarshal.Cast<byte, int>(bytes), result); break;
            case DataType.Uint32: TensorPrimitives.ConvertTruncating<uint, long>(MemoryMarshal.Cast<byte, uint>(bytes), result); break;
            case DataType.Int16: TensorPrimitives.ConvertTruncating<short, long>(MemoryMarshal.Cast<byte, short>(bytes), result); break;
            case DataType.Uint16: TensorPrimitives.ConvertTruncating<ushort, long>(MemoryMarshal.Cast<byte, ushort>(bytes), result); break;
            case DataType.Int8: TensorPrimitives.ConvertTruncating<sbyte, long>(MemoryMarshal.Cast<byte, sbyte>(bytes), result); break;
            default: TensorPrimitives.ConvertTruncating<byte, long>(bytes, result); break;
        }

        return result;
    }
}
