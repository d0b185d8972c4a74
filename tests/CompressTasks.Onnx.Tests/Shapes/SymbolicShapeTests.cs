using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx.Tests;

public class SymbolicShapeTests
{
    [Fact]
    public void A_convolutional_network_keeps_symbols_through_every_layer()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", "N", 3, "H", "W");
        x = b.Conv(x, 8, 3, stride: 2, padding: 1);
        Assert.Equal(["N", "8", "floor((H + 1)/2)", "floor((W + 1)/2)"], Text(b, x));

        x = b.ConvTranspose(x, 4, 2, stride: 2);
        Assert.Equal(["N", "4", "2*floor((H + 1)/2)", "2*floor((W + 1)/2)"], Text(b, x));

        x = b.GlobalAveragePool(x);
        Assert.Equal(["N", "4"], Text(b, b.Flatten(x)));
    }

    [Fact]
    public void Both_ways_around_a_strided_residual_block_have_the_same_symbols()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", "N", 8, "H", "W");
        var main = b.Conv(b.Conv(x, 16, 3, stride: 2, padding: 1), 16, 3, padding: 1);
        var shortcut = b.Conv(x, 16, 1, stride: 2);

        Assert.Equal(Text(b, main), Text(b, b.Add(main, shortcut)));
    }

    [Fact]
    public void Reshape_divides_symbolic_counts_exactly()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", "N", "T", 48);

        Assert.Equal(["N", "T", "4", "12"], Text(b, b.Reshape(x, 0, 0, 4, -1)));
        Assert.Equal(["N*T", "48"], Text(b, b.Reshape(x, -1, 48)));
        Assert.Equal(["N", "T", "48"], Text(b, b.Node("Reshape", [b.Reshape(x, -1, 48), b.Node("Shape", [x])])));
    }

    [Fact]
    public void Shape_arithmetic_on_dynamic_axes_is_followed_element_by_element()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", "N", 8, "H", "W");
        var shape = b.Node("Shape", [x]);
        string At(int index) => b.Node("Gather", [shape, b.Integers(index)]);
        var area = b.Mul(At(2), At(3));
        var target = b.Concat(0, At(0), b.Integers(4), b.Node("Div", [At(1), b.Integers(4)]), area);

        Assert.Equal(["N", "4", "2", "H*W"], Text(b, b.Node("Reshape", [x, target])));
    }

    [Fact]
    public void The_same_symbol_given_a_length_once_is_that_length_everywhere()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", "N", "T");
        b.Input("y", "T", 5);
        var model = b.Build(b.Node("MatMul", [x, "y"]));

        var shapes = ShapeInference.Infer(model, new Dictionary<string, long[]> { ["x"] = [2, 7] });

        Assert.True(shapes.TryGetKnown("y", out var y));
        Assert.Equal([7, 5], y);
    }

    [Theory]
    [InlineData("x", new long[] { 2, 3, 8 }, "axes")]
    [InlineData("x", new long[] { 2, 4, 8, 8 }, "fixes 3")]
    [InlineData("z", new long[] { 2 }, "no input")]
    public void A_given_shape_that_the_model_cannot_take_is_refused(string input, long[] shape, string reason)
    {
        var b = new ModelBuilder();
        var model = b.Build(b.Relu(b.Input("x", "N", 3, "H", "W")));

        var error = Assert.Throws<ModelException>(() => ShapeInference.Infer(model, new Dictionary<string, long[]> { [input] = shape }));

        Assert.Equal(ModelException.Shape, error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_operator_without_a_rule_leaves_what_the_model_declares()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", "N", 4);
        var strange = new NodeProto { OpType = "Strange", Domain = "com.example", Name = "strange" };
        strange.Input.Add(x);
        strange.Output.AddRange(["declared", "unknown"]);
        var model = b.Build(b.Relu(x));
        model.Graph.Node.Add(strange);
        model.Graph.ValueInfo.Add(new ValueInfoProto { Name = "declared", Type = model.Graph.Input[0].Type.Clone() });

        var shapes = ShapeInference.Infer(model);

        Assert.Equal(["N", "4"], shapes.Of("declared")!.Select(length => length.ToString()));
        Assert.Equal(DataType.Float, shapes.ElementType("declared"));
        Assert.Null(shapes.Of("unknown"));
    }

    [Fact]
    public void Branches_of_an_if_agree_on_the_axes_that_are_the_same()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", "N", 4);
        var condition = b.TypedInput("condition", DataType.Bool);
        var node = b.Node("If", [condition], new { then_branch = Branch("then", "Relu", x), else_branch = Branch("else", "Neg", x) });

        Assert.Equal(["N", "4"], Text(b, node));
    }

    [Fact]
    public void Names_that_exporters_give_to_every_unknown_axis_are_no_names()
    {
        var b = new ModelBuilder();
        var model = b.Build(b.Relu(b.Input("x", "?", 4, "?", "None", "None")));

        var shape = ShapeInference.Infer(model).Of(model.Graph.Output[0].Name)!;

        Assert.NotEqual(shape[0], shape[2]);
        Assert.NotEqual(shape[3], shape[4]);
        Assert.Equal([2, 4, 1, 1, 1], InputShapes.Resolve(model, new Dictionary<string, long[]> { ["x"] = [2, 4, 1, 1, 1] })["x"]);
    }

    [Fact]
    public void Outputs_whose_length_depends_on_the_data_have_a_rank_that_the_runtime_makes()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", 3, 4);
        string[] outputs =
        [
            b.Node("NonZero", [x]),
            .. b.Nodes("Unique", [x], 4),
            b.Node("Compress", [x, b.TypedInput("keep", DataType.Bool, 4)], new { axis = 1 }),
            b.Node("NonMaxSuppression", [b.Input("boxes", 1, 5, 4), b.Input("scores", 1, 2, 5)]),
        ];
        var model = b.Build(outputs);

        var made = Runtime.Run(model, InputShapes.Resolve(model));

        var inferred = ShapeInference.Infer(model);
        foreach (var output in outputs)
        {
            var shape = inferred.Of(output)!;
            Assert.Equal(made[output].Shape.Length, shape.Count);
            Assert.All(shape.Zip(made[output].Shape), pair => Assert.True(!pair.First.IsKnown || pair.First == pair.Second));
            Assert.Equal(made[output].Type, inferred.ElementType(output));
        }

        Assert.Equal(2, inferred.Of(outputs[0])![0]);
    }

    [Fact]
    public void Two_different_symbols_may_be_broadcast()
    {
        var b = new ModelBuilder();

        var sum = b.Shape(b.Add(b.Input("x", "N", 4), b.Input("y", "M", 1)))!;

        Assert.False(sum[0].IsKnown);
        Assert.Equal(4, sum[1]);
    }

    static GraphProto Branch(string name, string operatorName, string captured)
    {
        var graph = new GraphProto { Name = name };
        var node = new NodeProto { OpType = operatorName, Name = name };
        node.Input.Add(captured);
        node.Output.Add(name + "_output");
        graph.Node.Add(node);
        graph.Output.Add(new ValueInfoProto { Name = name + "_output", Type = new TypeProto { TensorType = new() { ElemType = (int)DataType.Float } } });
        return graph;
    }

    static string[] Text(ModelBuilder b, string value) => [.. b.Shape(value)!.Select(length => length.ToString())];
}
