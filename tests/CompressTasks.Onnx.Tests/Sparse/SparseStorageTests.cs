using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace CompressTasks.Onnx.Tests.Sparse;

/// <summary>Weights with many zeros take less space in the file, and are the same to ONNX Runtime and to whoever reads the file.</summary>
public sealed class SparseStorageTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    [InlineData(1)]
    public void A_sparse_model_is_smaller_runs_the_same_and_is_read_as_it_was(double sparsity)
    {
        var model = Pruned(Networks.CifarResNet(8), sparsity);
        var dense = model.Clone();
        dense.IsStoredSparse = false;
        var path = Path.Combine(folder.Path, "sparse.onnx");

        var bytes = model.Write(path);
        var read = OnnxModel.Read(path);

        Assert.Equal(model.SizeInBytes, bytes);
        Assert.InRange(bytes, 1, ((0.04 + (1.3 * (1 - sparsity))) * dense.SizeInBytes) + 12_000);
        Assert.True(read.IsStoredSparse);
        Assert.Equal(Initializers(dense), Initializers(read));
        Assert.Equal(dense.Graph.Node, read.Graph.Node);
        Assert.Equal(bytes, read.Write(Path.Combine(folder.Path, "again.onnx")));
        Assert.Equal(Outputs(dense.Proto.ToByteArray(), GraphOptimizationLevel.ORT_ENABLE_ALL), Outputs(File.ReadAllBytes(path), GraphOptimizationLevel.ORT_ENABLE_ALL));
        // Without constant folding the weights are not packed beforehand, and sums run in another order.
        var expected = Outputs(dense.Proto.ToByteArray(), GraphOptimizationLevel.ORT_DISABLE_ALL);
        Assert.All(expected.Zip(Outputs(File.ReadAllBytes(path), GraphOptimizationLevel.ORT_DISABLE_ALL)), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Theory]
    [InlineData(GraphOptimizationLevel.ORT_ENABLE_BASIC)]
    [InlineData(GraphOptimizationLevel.ORT_ENABLE_EXTENDED)]
    [InlineData(GraphOptimizationLevel.ORT_ENABLE_ALL)]
    public void The_runtime_makes_weights_dense_once_at_load(GraphOptimizationLevel level)
    {
        var optimized = Path.Combine(folder.Path, "optimized.onnx");
        using var options = new SessionOptions { GraphOptimizationLevel = level, OptimizedModelFilePath = optimized, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        new InferenceSession(Pruned(Networks.LeNet300100(), 0.98).Stored.ToByteArray(), options).Dispose();

        var proto = ModelProto.Parser.ParseFrom(File.ReadAllBytes(optimized));

        Assert.DoesNotContain(proto.Graph.Node, node => node.OpType is "ScatterElements" or "CumSum" or "ConstantOfShape" or "Cast");
        Assert.Contains(proto.Graph.Initializer, tensor => tensor.ElementCount() == 784 * 300);
    }

    [Fact]
    public void Steps_longer_than_a_byte_are_kept_where_two_bytes_or_fillers_are_smaller()
    {
        foreach (var stride in (int[])[2, 100, 255, 256, 300, 511, 5000, 70_000])
        {
            var values = new float[200_000];
            for (var i = stride - 1; i < values.Length; i += stride) values[i] = i;
            var model = Networks.LeNet300100();
            var weight = model.Graph.Initializer.First(tensor => tensor.ElementCount() == 784 * 300);
            weight.SetFloats([.. values, .. new float[(784 * 300) - values.Length]]);
            model.IsStoredSparse = true;
            var path = Path.Combine(folder.Path, $"{stride}.onnx");
            model.Write(path);
            Assert.Equal(Initializers(model), Initializers(OnnxModel.Read(path)));
            Assert.Equal(
                Outputs(model.Proto.ToByteArray(), GraphOptimizationLevel.ORT_ENABLE_ALL, 1, 1, 28, 28),
                Outputs(File.ReadAllBytes(path), GraphOptimizationLevel.ORT_ENABLE_ALL, 1, 1, 28, 28));
        }
    }

    [Fact]
    public void Indices_by_axis_and_linear_ones_are_read_alike()
    {
        foreach (var indices in (TensorProto[])[TensorData.FromLongs("", [2], [1, 5]), TensorData.FromLongs("", [2, 2], [0, 1, 1, 2])])
        {
            var read = OnnxModel.Read(WithSparseWeight(indices));
            Assert.Equal([0, 7, 0, 0, 0, 9], read.Graph.Initializer.Single(tensor => tensor.Name == "w").ToFloats());
        }
    }

    [Theory]
    [InlineData(6)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void An_index_outside_of_the_weight_is_refused(long index)
    {
        var exception = Assert.Throws<ModelException>(() => OnnxModel.Read(WithSparseWeight(TensorData.FromLongs("", [2], [1, index]))));
        Assert.Equal(ModelException.InvalidGraph, exception.Code);
    }

    [Fact]
    public void Before_opset_11_only_sparse_initializers_are_written()
    {
        var model = Pruned(Networks.LeNet300100(), 0.95);
        model.Proto.OpsetImport.Single(import => import.Domain.Length == 0).Version = 10;

        var stored = model.Stored;

        Assert.Equal(6, stored.Graph.SparseInitializer.Count); // fresh biases are all 0
        Assert.Equal(model.Graph.Node.Count, stored.Graph.Node.Count);
    }

    [Fact]
    public void A_dense_model_is_written_as_before()
    {
        var model = Networks.LeNet300100();
        var before = model.Proto.ToByteArray();
        model.IsStoredSparse = true;
        var fewZeros = model.Stored;
        Assert.Equal(model.Graph.Initializer.Count(tensor => tensor.Dims.Count == 2), fewZeros.Graph.Initializer.Count(tensor => tensor.Dims.Count == 2));
        Assert.Equal(before, model.Proto.ToByteArray());
    }

    string WithSparseWeight(TensorProto indices)
    {
        var model = new ModelProto { IrVersion = 8, OpsetImport = { new OperatorSetIdProto { Version = 13 } }, Graph = new GraphProto { Name = "g" } };
        var b = new ModelBuilder();
        var built = b.Build(b.MatMul(b.Input("x", 1, 2), 3));
        model.Graph.Input.AddRange(built.Graph.Input);
        model.Graph.Output.AddRange(built.Graph.Output);
        model.Graph.Node.Add(built.Graph.Node.Single());
        model.Graph.Node[0].Input[1] = "w";
        var sparse = new SparseTensorProto { Values = TensorData.FromFloats("w", [2], [7, 9]), Indices = indices };
        sparse.Dims.AddRange([2, 3]);
        model.Graph.SparseInitializer.Add(sparse);
        var path = Path.Combine(folder.Path, $"{Guid.NewGuid():N}.onnx");
        File.WriteAllBytes(path, model.ToByteArray());
        return path;
    }

    static OnnxModel Pruned(OnnxModel model, double sparsity)
    {
        var random = new Random(3);
        foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.Dims.Count > 1))
        {
            var values = tensor.ToFloats();
            for (var i = 0; i < values.Length; i++)
            {
                if (random.NextDouble() < sparsity) values[i] = 0;
            }

            tensor.SetFloats(values);
        }

        model.IsStoredSparse = true;
        return model;
    }

    static Dictionary<string, string> Initializers(OnnxModel model) =>
        model.Graph.Initializer.ToDictionary(tensor => tensor.Name, tensor => $"{string.Join('x', tensor.Dims)} {Convert.ToHexString(tensor.Bytes().Span)}");

    static float[] Outputs(byte[] model, GraphOptimizationLevel level, params long[] shape)
    {
        using var options = new SessionOptions { GraphOptimizationLevel = level, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, IntraOpNumThreads = 1 };
        using var session = new InferenceSession(model, options);
        long[] given = shape.Length == 0 ? [1, 3, 32, 32] : shape;
        var random = new Random(5);
        var inputs = Enumerable.Range(0, (int)given.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f).ToArray();
        using var value = OrtValue.CreateTensorValueFromMemory(inputs, given);
        using var run = new RunOptions();
        using var outputs = session.Run(run, new Dictionary<string, OrtValue> { [session.InputNames[0]] = value }, session.OutputNames);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
