using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace CompressTasks.Pruning.Tests;

/// <summary>Runs models in ONNX Runtime on seeded random inputs.</summary>
static class OnnxRuntimeOracle
{
    public static IReadOnlyList<(string Name, long[] Shape, float[] Values)> Run(OnnxModel model, IReadOnlyDictionary<string, long[]> shapes, int seed)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(model.Proto.ToByteArray(), options);
        var random = new Random(seed);
        var inputs = new Dictionary<string, OrtValue>();
        foreach (var (name, metadata) in session.InputMetadata)
        {
            var shape = shapes[name];
            var count = (int)shape.Aggregate(1L, (product, length) => product * length);
            inputs[name] = metadata.ElementType == typeof(long)
                ? OrtValue.CreateTensorValueFromMemory(Enumerable.Range(0, count).Select(_ => (long)random.Next(2)).ToArray(), shape)
                : OrtValue.CreateTensorValueFromMemory(Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1)).ToArray(), shape);
        }

        using var run = new RunOptions();
        using var results = session.Run(run, inputs, session.OutputNames);
        var outputs = session.OutputNames.Zip(results, (name, value) =>
            (name, value.GetTensorTypeAndShape().Shape, value.GetTensorDataAsSpan<float>().ToArray())).ToList();
        foreach (var input in inputs.Values) input.Dispose();
        return outputs;
    }

    /// <summary>Largest difference of any output, relative to the largest value of that output.</summary>
    public static double Difference(OnnxModel first, OnnxModel second, IReadOnlyDictionary<string, long[]> shapes, int seed = 1)
    {
        var worst = 0.0;
        foreach (var (left, right) in Run(first, shapes, seed).Zip(Run(second, shapes, seed)))
        {
            Assert.Equal(left.Shape, right.Shape);
            var scale = left.Values.Max(Math.Abs) + 1e-6;
            worst = Math.Max(worst, left.Values.Zip(right.Values).Max(pair => Math.Abs(pair.First - pair.Second)) / scale);
        }

        return worst;
    }
}
