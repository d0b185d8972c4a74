using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx.Tests;

public class ModelBuilderTests
{
    [Fact]
    public void Layers_know_how_many_channels_they_get()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", "N", 3, 8, 8);
        x = b.Concat(1, b.Conv(x, 5, 3, padding: 1), b.Conv(x, 7, 1));
        x = b.Conv(b.Relu(b.BatchNormalization(x)), 4, 3, groups: 2, bias: false);
        var parts = b.Split(x, 1, 1, 3);
        var model = b.Build(b.Gemm(b.Flatten(parts[1]), 10, name: "logits"));

        ModelChecker.Check(model);
        Assert.Equal([4, 6, 3, 3], model.Graph.Initializer.Single(tensor => tensor.Name == "conv_2.weight").Dims);
        Assert.Equal([10, 3 * 6 * 6], model.Graph.Initializer.Single(tensor => tensor.Name == "logits.weight").Dims);
        Assert.Equal([2, 10], Runtime.Run(model, new Dictionary<string, long[]> { ["x"] = [2, 3, 8, 8] })["logits"].Shape);
    }

    [Fact]
    public void Properties_of_an_object_are_attributes_of_their_type()
    {
        var b = new ModelBuilder();
        b.Node("Anything", [b.Input("x", 1)], new { i = 1, l = 2L, f = 0.5f, d = 0.25, s = "text", ints = new[] { 1, 2 }, longs = new long[] { 3 }, floats = new[] { 1f }, t = TensorData.FromFloats("", [1], [4]) });
        var node = b.Build().Graph.Node.Single();

        Assert.Equal((1, 2), (node.Int("i", 0), node.Int("l", 0)));
        Assert.Equal((0.5f, 0.25f, "text"), (node.Float("f", 0), node.Float("d", 0), node.Text("s", "")));
        Assert.Equal([1, 2], node.Ints("ints")!);
        Assert.Equal([3], node.Ints("longs")!);
        Assert.Equal([1], node.Floats("floats")!);
        Assert.Equal([4], node.Tensor("t")!.ToFloats());
    }

    [Fact]
    public void A_type_that_no_attribute_has_is_refused()
    {
        var b = new ModelBuilder();

        Assert.Throws<ArgumentException>(() => b.Node("Relu", [b.Input("x", 1)], new { when = DateTime.UnixEpoch }));
    }

    [Fact]
    public void Names_are_unique_and_a_wish_is_kept_where_it_can_be()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", "N", 2);
        string[] names = [b.Relu(x), b.Relu(x), b.Node("Neg", [x], name: "mine"), b.Node("Neg", [x], name: "mine")];

        Assert.Equal(["relu", "relu_1", "mine", "mine_1"], names);
    }

    [Fact]
    public void Weights_have_the_variance_that_keeps_a_signal_through_a_relu()
    {
        var b = new ModelBuilder(seed: 3);
        b.Conv(b.Input("x", "N", 64, 8, 8), 128, 3);
        var weights = b.Build().Graph.Initializer[0].ToFloats();

        Assert.InRange(weights.Average(), -0.001, 0.001);
        Assert.InRange(weights.Average(weight => weight * weight) * 64 * 9, 1.98, 2.02);
    }

    [Fact]
    public void Inputs_and_outputs_are_declared_with_type_and_symbols()
    {
        var b = new ModelBuilder();
        var model = b.Build(b.Node("Cast", [b.TypedInput("ids", DataType.Int64, "N", 4)], new { to = (int)DataType.Float }, "y"));

        Assert.Equal("N", model.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimParam);
        Assert.Equal((int)DataType.Float, model.Graph.Output[0].Type.TensorType.ElemType);
        Assert.Equal(["N", ""], model.Graph.Output[0].Type.TensorType.Shape.Dim.Select(dimension => dimension.DimParam));
    }
}
