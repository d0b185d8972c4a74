using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using TorchSharp;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests.Graph;

/// <summary>The chains of size arithmetic that exporters write, run without folding them first.</summary>
public class ShapeArithmeticTests
{
    [Fact]
    public void A_dynamic_flatten()
    {
        var builder = new Models();
        var input = builder.Input(-1, 3, 4, 4);
        var batch = builder.Node("Gather", [builder.Node("Shape", [input]), builder.Longs(0)]);
        var target = builder.Node("Concat", [batch, builder.Longs(-1)], node => node.Set("axis", 0L));
        Agrees(builder.Build(builder.Node("Reshape", [input, target])), 1, 3);
    }

    [Fact]
    public void A_channel_shuffle()
    {
        var builder = new Models();
        var input = builder.Input(-1, 6, 4, 4);
        var shape = builder.Node("Shape", [input]);
        string Length(long axis) => builder.Node("Slice", [shape, builder.Longs(axis), builder.Longs(axis + 1)]);
        var perGroup = builder.Node("Div", [Length(1), builder.Longs(2)]);
        var grouped = builder.Node("Concat", [Length(0), builder.Longs(2), perGroup, Length(2), Length(3)], node => node.Set("axis", 0L));
        var shuffled = builder.Node("Transpose", [builder.Node("Reshape", [input, grouped])], node => node.Set("perm", new long[] { 0, 2, 1, 3, 4 }));
        Agrees(builder.Build(builder.Node("Reshape", [shuffled, shape])), 2);
    }

    [Fact]
    public void Sizes_through_floating_point_into_a_resize()
    {
        var builder = new Models();
        var input = builder.Input(-1, 3, 5, 6);
        var shape = builder.Node("Shape", [input]);
        var spatial = builder.Node("Cast", [builder.Node("Slice", [shape, builder.Longs(2), builder.Longs(4)])], node => node.Set("to", (long)DataType.Float));
        var scaled = builder.Node("Floor", [builder.Node("Mul", [spatial, builder.Weight("scale", 1.7f, 0, 1)])]);
        var sizes = builder.Node(
            "Concat",
            [builder.Node("Slice", [shape, builder.Longs(0), builder.Longs(2)]), builder.Node("Cast", [scaled], node => node.Set("to", (long)DataType.Int64))],
            node => node.Set("axis", 0L));
        Agrees(builder.Build(builder.Node("Resize", [input, "", "", sizes], node => node.Set("mode", "linear"))), 2);
    }

    [Fact]
    public void A_choice_between_sizes_into_an_expand()
    {
        var builder = new Models();
        var input = builder.Input(-1, 1, 4);
        var wanted = builder.Longs(-1, 3, -1);
        var isFree = builder.Node("Equal", [wanted, builder.Longs(-1)]);
        var ones = builder.Node("ConstantOfShape", [builder.Longs(3)], node => node.Set("value", TensorData.FromLongs("", [1], [1])));
        Agrees(builder.Build(builder.Node("Expand", [input, builder.Node("Where", [isFree, ones, wanted])])), 2);
    }

    [Fact]
    public void Positions_counted_and_looked_up()
    {
        var builder = new Models();
        var input = builder.Input(-1, 7, 4);
        var length = builder.Node("Squeeze", [builder.Node("Gather", [builder.Node("Shape", [input]), builder.Longs(1)])]);
        var positions = builder.Node("Range", [builder.Node("Squeeze", [builder.Longs(0)]), length, builder.Node("Squeeze", [builder.Longs(1)])]);
        var model = builder.Build(builder.Node("Add", [input, builder.Node("Gather", [builder.Weight("positions", 12, 4), positions])]));
        using var module = new GraphModule(model);
        Assert.Equal(["positions"], module.Weights.Keys);
        Agrees(model, 2);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 6)]
    [InlineData(4, 1)]
    public void A_model_exported_for_one_batch_size_runs_with_another(long exported, long given)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var builder = new Models();
        var value = builder.Node("Reshape", [builder.Input(exported, 6, 2, 2), builder.Longs(exported, 2, 3, 2, 2)]);
        value = builder.Node("Reshape", [builder.Node("Transpose", [value], node => node.Set("perm", new long[] { 0, 2, 1, 3, 4 })), builder.Longs(exported * 6, 2, 2)]);
        value = builder.Node("Reshape", [builder.Node("Reshape", [value, builder.Longs(exported, 6, 4)]), builder.Longs(exported, -1)]);
        var fixedModel = builder.Build(builder.Node("MatMul", [value, builder.Weight("matrix", 24, 5)]));
        var input = randn(given, 6, 2, 2);
        using var module = new GraphModule(fixedModel);
        var shuffled = input.reshape(given, 2, 3, 4).transpose(1, 2).reshape(given, 24);
        Assert.True(module.forward(input).allclose(shuffled.mm(module.Weights["matrix"]), 1e-5, 1e-6));
    }

    [Fact]
    public void Weights_stored_in_16_bits_train_in_32_and_are_rounded_when_written()
    {
        using var scope = NewDisposeScope();
        var builder = new Models();
        var weight = builder.Node("Cast", [builder.Weight("half", 2, 3)], node => node.Set("to", (long)DataType.Float));
        var model = builder.Build(builder.Node("MatMul", [builder.Input(-1, 2), weight]));
        var stored = model.Graph.Initializer[0];
        stored.DataType = (int)DataType.Float16;
        stored.SetBytes(new byte[12]);
        stored.SetFloats([0.1f, 0.2f, 0.3f, 1f, 2f, 3f]);
        Agrees(model, 4);
        using var module = new GraphModule(model);
        Assert.Equal(ScalarType.Float32, module.Weights["half"].dtype);
        using (no_grad()) module.Weights["half"].add_(1);
        module.WriteBack();
        Assert.Equal(DataType.Float16, stored.ElementType());
        Assert.Equal([1.1f, 1.2f, 1.3f, 2f, 3f, 4f], stored.ToFloats(), (a, b) => Math.Abs(a - b) < 1e-3f);
    }

    [Fact]
    public void An_output_that_cannot_be_computed_fails_only_where_it_is_wanted()
    {
        using var scope = NewDisposeScope();
        var builder = new Models();
        string[] perChannel = [.. new[] { "scale", "bias", "mean", "variance" }.Select(name => builder.Weight(name, mean: 1, deviation: 0, 3))];
        var normalised = builder.Node("BatchNormalization", [builder.Input(2, 3, 4), .. perChannel], node => node.Output.Add("statistics"));
        using var module = new GraphModule(builder.Build(normalised));
        module.eval();
        Assert.Equal([2, 3, 4], module.forward(zeros(2, 3, 4)).shape);
        Assert.Throws<ModelException>(() => module.Run([zeros(2, 3, 4)], ["statistics"]));
    }

    static void Agrees(OnnxModel model, params long[] batches)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var shape = model.Graph.Input[0].Type.TensorType.Shape.Dim.Skip(1).Select(dimension => dimension.DimValue).ToArray();
        foreach (var batch in batches) OnnxRuntimeOracle.AssertAgrees(model, [randn([batch, .. shape])]);
    }
}
