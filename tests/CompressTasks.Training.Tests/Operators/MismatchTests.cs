using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Operators;

/// <summary>Inputs that do not fit end in an error that names the node. Where native code would end the process, the whole test run would fail.</summary>
public class MismatchTests
{
    public static TheoryData<string, long[][]> Misfits() => new()
    {
        { "Add", [[2, 3], [2, 4]] },
        { "Where", [[2], [2, 3], [4, 4]] },
        { "Max", [[3], [4]] },
        { "PRelu", [[2, 3, 4], [3]] },
        { "Conv", [[1, 3, 8, 8], [4, 2, 3, 3]] },
        { "Conv", [[1, 3, 8, 8], [4, 3, 3]] },
        { "Conv", [[1, 3, 2, 2], [4, 3, 3, 3]] },
        { "Conv", [[1, 3, 8, 8], [4, 3, 3, 3], [5]] },
        { "ConvTranspose", [[1, 3, 8, 8], [4, 2, 3, 3]] },
        { "BatchNormalization", [[2, 3, 4, 4], [2], [2], [2], [2]] },
        { "InstanceNormalization", [[2, 3, 4, 4], [2], [2]] },
        { "LayerNormalization", [[2, 3], [4]] },
        { "Gemm", [[2, 3], [4, 5]] },
        { "Gemm", [[2, 3], [3, 5], [4]] },
        { "Gemm", [[2, 3, 4], [4, 5]] },
        { "MatMul", [[2, 3], [4, 5]] },
        { "MatMul", [[], [4, 5]] },
        { "Concat", [[2, 3], [3, 2]] },
        { "GatherElements", [[2, 3], [4, 5, 6]] },
        { "LSTM", [[5, 2, 3], [1, 16, 4], [1, 16, 4]] },
        { "GRU", [[5, 2, 3], [1, 12, 3], [1, 12, 5]] },
        { "GridSample", [[1, 2, 3, 3], [2, 4, 4, 2]] },
        { "MaxPool", [[1, 2, 3, 3]] },
        { "LRN", [[3]] },
        { "DepthToSpace", [[1, 2, 3]] },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void Misfits_are_errors_that_name_the_node(string name, long[][] shapes)
    {
        var single = new OperatorCase(name);
        foreach (var shape in shapes) single.Input(shape);
        AssertRefused(single, shapes);
    }

    [Fact]
    public void Attributes_and_indices_that_do_not_fit_are_errors_too()
    {
        AssertRefused(new OperatorCase("Concat").Input([2, 3]).With("axis", 5), [[2, 3]]);
        AssertRefused(new OperatorCase("Transpose").Input([2, 3]).With("perm", [0, 0]), [[2, 3]]);
        AssertRefused(new OperatorCase("Reshape").Input([2, 3]).Longs(4, 4), [[2, 3]]);
        AssertRefused(new OperatorCase("Reshape").Input([2, 3]).Longs(1, 1, 0), [[2, 3]]);
        AssertRefused(new OperatorCase("Gather").Input([2, 3]).Longs(7), [[2, 3]]);
        AssertRefused(new OperatorCase("Squeeze").Input([2, 3]).Longs(0), [[2, 3]]);
        AssertRefused(new OperatorCase("Expand").Input([2, 3]).Longs(4, 4), [[2, 3]]);
        AssertRefused(new OperatorCase("Split", 13).Input([2, 3]).Longs(1, 3), [[2, 3]]);
        AssertRefused(new OperatorCase("Tile").Input([2, 3]).Longs(2), [[2, 3]]);
        AssertRefused(new OperatorCase("TopK").Input([2, 3]).Longs(9), [[2, 3]]);
        AssertRefused(new OperatorCase("CumSum").Input([2, 3]).Scalar(4L), [[2, 3]]);
        AssertRefused(new OperatorCase("Pad").Input([2, 3]).Longs(1, 1), [[2, 3]]);
        AssertRefused(new OperatorCase("Resize").Input([2, 3]).Omitted().Floats(2), [[2, 3]]);
        AssertRefused(new OperatorCase("GroupNormalization").Input([2, 3, 4]).Weight([2]).Weight([2]).With("num_groups", 2), [[2, 3, 4]]);
        AssertRefused(new OperatorCase("MaxPool").Input([1, 1, 3, 3]).With("kernel_shape", [5, 5]), [[1, 1, 3, 3]]);
        AssertRefused(new OperatorCase("AveragePool").Input([1, 1, 3, 3]).With("kernel_shape", [5, 5]), [[1, 1, 3, 3]]);
        AssertRefused(new OperatorCase("Einsum").Input([2, 3]).With("equation", "ijk->i"), [[2, 3]]);
        AssertRefused(new OperatorCase("DepthToSpace").Input([1, 3, 2, 2]).With("blocksize", 2), [[1, 3, 2, 2]]);
        AssertRefused(new OperatorCase("Div").Longs(3).Longs(0), []);
    }

    [Theory]
    [InlineData(new long[] { 3, 4 }, new long[] { 5, 4 })]
    [InlineData(new long[] { 2, 3, 4 }, new long[] { 3, 4, 5 })]
    [InlineData(new long[] { 3 }, new long[] { 4, 5 })]
    public void Matrices_that_do_not_fit_are_an_error_and_not_a_crash(long[] left, long[] right)
    {
        using var scope = NewDisposeScope();
        using var module = new GraphModule(new OperatorCase("MatMul").Input(left).Input(right).Model());
        var error = Assert.Throws<ModelException>(() => module.Run([zeros(left), zeros(right)]));
        Assert.Equal(ModelException.Shape, error.Code);
        Assert.Contains("'node' (MatMul)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forms_that_nothing_can_run_are_refused_before_anything_runs()
    {
        var model = new OperatorCase("LSTM").Input([5, 2, 3]).Weight([1, 16, 3]).Weight([1, 16, 4]).With("hidden_size", 4).Model();
        var unheard = new AttributeProto { Name = "activations", Type = AttributeProto.Types.AttributeType.Strings };
        unheard.Strings.AddRange(Enumerable.Repeat(Google.Protobuf.ByteString.CopyFromUtf8("Unheard"), 3));
        model.Graph.Node[0].Attribute.Add(unheard);

        var error = Assert.Throws<ModelException>(() => new GraphModule(model));
        Assert.Equal(ModelException.UnsupportedOperator, error.Code);
        Assert.Contains("'node'", error.Message, StringComparison.Ordinal);
    }

    static void AssertRefused(OperatorCase single, long[][] shapes)
    {
        using var scope = NewDisposeScope();
        using var module = new GraphModule(single.Model());
        var error = Assert.Throws<ModelException>(() => module.Run([.. shapes.Select(shape => zeros(shape))]));
        Assert.Equal(ModelException.Shape, error.Code);
        Assert.Contains("'node'", error.Message, StringComparison.Ordinal);
    }
}
