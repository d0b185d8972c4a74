using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests.Operators;

/// <summary>Operators that libtorch has no kernel for, inside a module.</summary>
public class RuntimeNodeTests
{
    [Fact]
    public void NonMaxSuppression()
    {
        var boxes = rand(1, 6, 4);
        new OperatorCase("NonMaxSuppression").Feed(boxes).Input([1, 2, 6], 0, 1).Scalar(3L).Floats(0.5f).Floats(0.1f).Agrees(type: DataType.Int64);
    }

    [Fact]
    public void RoiAlign() =>
        new OperatorCase("RoiAlign", 16).Input([2, 3, 9, 9]).Input([4, 4], 0, 8).Longs(0, 1, 1, 0).With("output_height", 2).With("output_width", 3).Agrees();

    [Fact]
    public void MaxUnpool() => new OperatorCase("MaxUnpool").Input([1, 1, 2, 2]).Longs([1, 1, 2, 2], [0, 3, 9, 11]).With("kernel_shape", [2, 2]).With("strides", [2, 2]).Agrees();

    [Fact]
    public void Forms_of_known_operators_that_have_no_kernel() =>
        new OperatorCase("RNN").Input([5, 2, 3]).Weight([1, 4, 3]).Weight([1, 4, 4]).With("hidden_size", 4).With("clip", 0.3f).Agrees(outputs: 2);

    [Fact]
    public void Unsigned_types_that_libtorch_lacks()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder();
        var shift = b.Initializer(TensorData.FromBytes("shift", DataType.Uint32, [3], [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]));
        var x = b.Node("Cast", [b.Input("x", 2, 3)], new { to = (int)DataType.Uint32 });
        x = b.Node("BitShift", [x, shift], new { direction = "LEFT" });
        OnnxRuntimeOracle.AssertAgrees(b.Build(b.Node("Cast", [x], new { to = (int)DataType.Float })), [full([2, 3], 7f)]);
    }

    [Fact]
    public void Strings_and_sequences_pass_between_nodes()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder();
        var words = new TensorProto { Name = "words", DataType = (int)DataType.String, Dims = { 3 }, StringData = { Google.Protobuf.ByteString.CopyFromUtf8("One"), Google.Protobuf.ByteString.CopyFromUtf8("the"), Google.Protobuf.ByteString.CopyFromUtf8("TWO") } };
        var plain = b.Node("StringNormalizer", [b.Initializer(words)], new { case_change_action = "LOWER", is_case_sensitive = 0, locale = "C" });
        var count = b.Node("Cast", [b.Node("Size", [plain])], new { to = (int)DataType.Float });
        var parts = b.Node("SplitToSequence", [b.Input("x", 4, 3), b.Initializer(TensorData.FromLongs("two", [], [2]))], new { axis = 0 });
        var second = b.Node("SequenceAt", [parts, b.Initializer(TensorData.FromLongs("one", [], [1]))]);
        var joined = b.Node("ConcatFromSequence", [parts], new { axis = 1 });
        OnnxRuntimeOracle.AssertAgrees(b.Build(b.Mul(count, second), b.Node("Cast", [joined], new { to = (int)DataType.Float })), [rand(4, 3)]);
    }

    [Fact]
    public void Element_types_that_libtorch_lacks_stay_in_ONNX_Runtime()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder(opset: 21);
        var packed = b.Initializer(TensorData.FromBytes("packed", DataType.Int4, [2, 3], [0x21, 0x7F, 0x83]));
        var weight = b.Node("DequantizeLinear", [packed, b.Scalar(0.5f)]);
        OnnxRuntimeOracle.AssertAgrees(b.Build(b.Node("MatMul", [b.Input("x", 4, 2), weight])), [rand(4, 2)]);
    }

    [Fact]
    public void Half_precision_nodes_get_half_precision()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder();
        var x = b.Node("Cast", [b.Input("x", 1, 1, 2, 2)], new { to = (int)DataType.Float16 });
        x = b.Node("MaxUnpool", [x, b.Initializer(TensorData.FromLongs("i", [1, 1, 2, 2], [0, 3, 9, 11]))], new { kernel_shape = new[] { 2, 2 }, strides = new[] { 2, 2 } });
        var model = b.Build(b.Node("Cast", [x], new { to = (int)DataType.Float }));
        using var module = new GraphModule(model);
        Assert.Equal("MaxUnpool", Assert.Single(module.RuntimeNodes).OpType);
        OnnxRuntimeOracle.AssertAgrees(model, [rand(1, 1, 2, 2)], 1e-3);
    }

    [Fact]
    public void Sparse_initializers_are_made_dense()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder();
        var weight = b.Weight("w", [3, 2], [0, 0, 0, 0, 0, 0]);
        var model = b.Build(b.Node("MatMul", [b.Input("x", 2, 3), weight]));
        model.Graph.Initializer.Clear();
        var sparse = new SparseTensorProto { Values = TensorData.FromFloats("w", [2], [3, 5]), Indices = TensorData.FromLongs("w_indices", [2], [1, 4]), Dims = { 3, 2 } };
        model.Graph.SparseInitializer.Add(sparse);
        OnnxRuntimeOracle.AssertAgrees(model, [rand(2, 3)]);

        sparse.Indices = TensorData.FromLongs("w_indices", [2, 2], [0, 1, 2, 0]);
        Assert.Equal([0, 3, 0, 0, 5, 0], sparse.ToDense().ToFloats());
    }
}
