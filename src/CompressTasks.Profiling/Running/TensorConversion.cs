using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CompressTasks.Profiling;

/// <summary>Between arrays of float and ONNX Runtime's tensors of any numeric type.</summary>
static class TensorConversion
{
    /// <summary>
    /// Float data is used where it lies, so <paramref name="values"/> must not change before the value is disposed; other types are
    /// converted copies.
    /// </summary>
    public static OrtValue ToRuntime(float[] values, long[] shape, TensorElementType type)
    {
        if (type == TensorElementType.Float) return OrtValue.CreateTensorValueFromMemory(values, shape);
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, shape);
        var bytes = value.GetTensorMutableRawData();
        switch (type)
        {
            case TensorElementType.Double: TensorPrimitives.ConvertChecked<float, double>(values, MemoryMarshal.Cast<byte, double>(bytes)); break;
            case TensorElementType.Float16: TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(bytes)); break;
            case TensorElementType.Int64: TensorPrimitives.ConvertSaturating<float, long>(values, MemoryMarshal.Cast<byte, long>(bytes)); break;
            case TensorElementType.Int32: TensorPrimitives.ConvertSaturating<float, int>(values, MemoryMarshal.Cast<byte, int>(bytes)); break;
            case TensorElementType.UInt8 or TensorElementType.Bool: TensorPrimitives.ConvertSaturating<float, byte>(values, bytes); break;
            case TensorElementType.Int8: TensorPrimitives.ConvertSaturating<float, sbyte>(values, MemoryMarshal.Cast<byte, sbyte>(bytes)); break;
            default:
                value.Dispose();
                throw Unsupported(type);
        }

        return value;
    }

    public static RuntimeTensor FromRuntime(OrtValue value)
    {
        var information = value.GetTensorTypeAndShape();
        var result = new float[information.ElementCount];
        switch (information.ElementDataType)
        {
            case TensorElementType.Float: value.GetTensorDataAsSpan<float>().CopyTo(result); break;
            case TensorElementType.Double: TensorPrimitives.ConvertTruncating(value.GetTensorDataAsSpan<double>(), result.AsSpan()); break;
            case TensorElementType.Float16: TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<Float16, Half>(value.GetTensorDataAsSpan<Float16>()), result); break;
            case TensorElementType.Int64: TensorPrimitives.ConvertTruncating(value.GetTensorDataAsSpan<long>(), result.AsSpan()); break;
            case TensorElementType.Int32: TensorPrimitives.ConvertTruncating(value.GetTensorDataAsSpan<int>(), result.AsSpan()); break;
            case TensorElementType.UInt8: TensorPrimitives.ConvertTruncating(value.GetTensorDataAsSpan<byte>(), result.AsSpan()); break;
            case TensorElementType.Int8: TensorPrimitives.ConvertTruncating(value.GetTensorDataAsSpan<sbyte>(), result.AsSpan()); break;
            case TensorElementType.Bool: TensorPrimitives.ConvertTruncating(MemoryMarshal.AsBytes(value.GetTensorDataAsSpan<bool>()), result.AsSpan()); break;
            default: throw Unsupported(information.ElementDataType);
        }

        return new RuntimeTensor(result, information.Shape);
    }

    static ProfilingException Unsupported(TensorElementType type) =>
        new(ProfilingException.ModelNotRunnable, $"Tensors of type {type} cannot be filled from or read as numbers.");
}
