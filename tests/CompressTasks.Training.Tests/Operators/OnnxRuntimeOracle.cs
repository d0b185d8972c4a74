using CompressTasks.Onnx;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests;

/// <summary>Runs a model in ONNX Runtime, with its graph optimisations off, and compares the module with it.</summary>
static class OnnxRuntimeOracle
{
    public static List<(long[] Shape, float[] Values)> Run(OnnxModel model, IReadOnlyList<Tensor> inputs)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        using var session = new InferenceSession(model.Proto.ToByteArray(), options);
        using var run = new RunOptions();
        var values = inputs.Select(ToOrtValue).ToList();
        using var results = session.Run(run, session.InputNames.ToList(), values, session.OutputNames.ToList());
        foreach (var value in values) value.Dispose();
        return [.. results.Select(Read)];
    }

    /// <summary>Asserts that the module's outputs have ONNX Runtime's shapes and, up to <paramref name="tolerance"/> relative to the largest value, its values.</summary>
    public static void AssertAgrees(OnnxModel model, IReadOnlyList<Tensor> inputs, double tolerance = 1e-5)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var module = new GraphModule(model);
        module.eval();
        var expected = Run(model, inputs);
        var actual = module.Run(inputs);
        Assert.Equal(expected.Count, actual.Count);
        for (var output = 0; output < expected.Count; output++)
        {
            Assert.Equal(expected[output].Shape, actual[output].shape);
            AssertClose(expected[output].Values, Flat(actual[output]), tolerance);
        }
    }

    public static float[] Flat(Tensor tensor) => tensor.numel() == 0 ? [] : tensor.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();

    public static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = Math.Max(1e-3, expected.Where(float.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max());
        for (var i = 0; i < expected.Length; i++)
        {
            if (expected[i].Equals(actual[i])) continue;
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * scale, $"element {i}: ONNX Runtime {expected[i]}, module {actual[i]}");
        }
    }

    static OrtValue ToOrtValue(Tensor tensor)
    {
        var plain = tensor.contiguous();
        return plain.dtype switch
        {
            ScalarType.Float32 => OrtValue.CreateTensorValueFromMemory(plain.data<float>().ToArray(), plain.shape),
            ScalarType.Float64 => OrtValue.CreateTensorValueFromMemory(plain.data<double>().ToArray(), plain.shape),
            ScalarType.Int64 => OrtValue.CreateTensorValueFromMemory(plain.data<long>().ToArray(), plain.shape),
            ScalarType.Int32 => OrtValue.CreateTensorValueFromMemory(plain.data<int>().ToArray(), plain.shape),
            ScalarType.Byte => OrtValue.CreateTensorValueFromMemory(plain.data<byte>().ToArray(), plain.shape),
            ScalarType.Int8 => OrtValue.CreateTensorValueFromMemory(plain.data<sbyte>().ToArray(), plain.shape),
            ScalarType.Bool => OrtValue.CreateTensorValueFromMemory(plain.data<bool>().ToArray(), plain.shape),
            var other => throw new NotSupportedException(other.ToString()),
        };
    }

    static (long[] Shape, float[] Values) Read(OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        float[] values = info.ElementDataType switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float => value.GetTensorDataAsSpan<float>().ToArray(),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double => [.. value.GetTensorDataAsSpan<double>().ToArray().Select(number => (float)number)],
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => [.. value.GetTensorDataAsSpan<long>().ToArray().Select(number => (float)number)],
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int32 => [.. value.GetTensorDataAsSpan<int>().ToArray().Select(number => (float)number)],
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt8 => [.. value.GetTensorDataAsSpan<byte>().ToArray().Select(number => (float)number)],
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int8 => [.. value.GetTensorDataAsSpan<sbyte>().ToArray().Select(number => (float)number)],
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt16 => [.. value.GetTensorDataAsSpan<ushort>().ToArray().Select(number => (float)number)],
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int16 => [.. value.GetTensorDataAsSpan<short>().ToArray().Select(number => (float)number)],
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Bool => [.. value.GetTensorDataAsSpan<bool>().ToArray().Select(flag => flag ? 1f : 0f)],
            var other => throw new NotSupportedException(other.ToString()),
        };
        return (info.Shape, values);
    }
}
