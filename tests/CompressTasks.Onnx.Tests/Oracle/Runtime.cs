using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx.Tests;

/// <summary>Runs models in ONNX Runtime on random inputs; its outputs are what the tests compare with.</summary>
static class Runtime
{
    public sealed record Result(DataType Type, long[] Shape, double[] Values);

    public static Dictionary<string, Result> Run(OnnxModel model, IReadOnlyDictionary<string, long[]> shapes, int seed = 1)
    {
        using var options = new SessionOptions
        {
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            IntraOpNumThreads = 1,
        };
        using var session = new InferenceSession(model.Proto.ToByteArray(), options);
        using var run = new RunOptions();
        var random = new Random(seed);
        var feeds = InputShapes.Required(model).ToDictionary(input => input.Name, input => Feed(input, shapes[input.Name], random));
        try
        {
            using var outputs = session.Run(run, feeds, session.OutputNames);
            return session.OutputNames.Select((name, i) => (name, Read(outputs[i]))).ToDictionary(pair => pair.name, pair => pair.Item2);
        }
        finally
        {
            foreach (var feed in feeds.Values) feed.Dispose();
        }
    }

    /// <summary>Equal but for the last bits, which depend on how the runtime lays out memory.</summary>
    public static void Agree(Result expected, Result actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.Equal(expected.Type, actual.Type);
        for (var i = 0; i < expected.Values.Length; i++)
        {
            Assert.InRange(actual.Values[i], expected.Values[i] - (1e-6 * Math.Max(1, Math.Abs(expected.Values[i]))), expected.Values[i] + (1e-6 * Math.Max(1, Math.Abs(expected.Values[i]))));
        }
    }

    static OrtValue Feed(ValueInfoProto input, long[] shape, Random random)
    {
        var count = (int)shape.Aggregate(1L, (product, length) => product * length);
        var indices = Enumerable.Range(0, count);
        return (DataType)input.Type.TensorType.ElemType switch
        {
            DataType.Float => OrtValue.CreateTensorValueFromMemory(indices.Select(_ => (random.NextSingle() * 2) - 1).ToArray(), shape),
            DataType.Int64 => OrtValue.CreateTensorValueFromMemory(indices.Select(_ => (long)random.Next(0, 2)).ToArray(), shape),
            DataType.Int32 => OrtValue.CreateTensorValueFromMemory(indices.Select(_ => random.Next(0, 2)).ToArray(), shape),
            DataType.Bool => OrtValue.CreateTensorValueFromMemory(indices.Select(_ => random.Next(0, 2) == 1).ToArray(), shape),
            DataType.Uint8 => OrtValue.CreateTensorValueFromMemory(indices.Select(_ => (byte)random.Next(0, 255)).ToArray(), shape),
            var other => throw new NotSupportedException(other.ToString()),
        };
    }

    static Result Read(OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        double[] values = (DataType)(int)info.ElementDataType switch
        {
            DataType.Float => [.. value.GetTensorDataAsSpan<float>().ToArray().Select(element => (double)element)],
            DataType.Int64 => [.. value.GetTensorDataAsSpan<long>().ToArray().Select(element => (double)element)],
            DataType.Int32 => [.. value.GetTensorDataAsSpan<int>().ToArray().Select(element => (double)element)],
            DataType.Bool => [.. value.GetTensorDataAsSpan<bool>().ToArray().Select(element => element ? 1.0 : 0.0)],
            DataType.Uint8 => [.. value.GetTensorDataAsSpan<byte>().ToArray().Select(element => (double)element)],
            DataType.Int8 => [.. value.GetTensorDataAsSpan<sbyte>().ToArray().Select(element => (double)element)],
            DataType.Double => [.. value.GetTensorDataAsSpan<double>()],
            var other => throw new NotSupportedException(other.ToString()),
        };
        return new((DataType)(int)info.ElementDataType, info.Shape, values);
    }
}
