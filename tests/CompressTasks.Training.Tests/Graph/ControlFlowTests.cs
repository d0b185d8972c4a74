using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests.Graph;

/// <summary>If, Loop and Scan inside a module: they run, with what they capture of the graph around them.</summary>
public class ControlFlowTests
{
    [Theory]
    [InlineData(1f)]
    [InlineData(-1f)]
    public void If_takes_the_branch_that_the_input_asks_for(float sign)
    {
        using var scope = NewDisposeScope();
        OnnxRuntimeOracle.AssertAgrees(Branching(), [full([2, 3], sign)]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Loop_carries_values_and_captures_others(long count)
    {
        using var scope = NewDisposeScope();
        OnnxRuntimeOracle.AssertAgrees(Looping(count), [rand(2, 3)]);
    }

    [Fact]
    public void Scan_runs_over_an_axis()
    {
        using var scope = NewDisposeScope();
        var body = Body(["sum", "row"], ["next", "out"], Node("Add", ["sum", "row"], "next"), Node("Mul", ["next", "scale"], "out"));
        var b = new ModelBuilder();
        var x = b.Input("x", 4, 3);
        b.Weight("scale", [3], [1, 2, 3]);
        var outputs = b.Nodes("Scan", [b.Weight("zero", [3], [0, 0, 0]), x], 2, new { body, num_scan_inputs = 1 });
        OnnxRuntimeOracle.AssertAgrees(b.Build(outputs.Select(output => b.Node("Cast", [output], new { to = (int)DataType.Float }))), [rand(4, 3)]);
    }

    [Fact]
    public void Control_flow_nests()
    {
        using var scope = NewDisposeScope();
        var yes = new GraphProto { Name = "yes", Node = { Node("Add", ["carried", "bias"], "sum") }, Output = { Value("sum") } };
        var no = new GraphProto { Name = "no", Node = { Node("Mul", ["carried", "x"], "product") }, Output = { Value("product") } };
        var choice = Node("If", ["isLast"], "chosen");
        choice.Set("then_branch", yes);
        choice.Set("else_branch", no);
        var body = Body([], ["going", "chosen"], Node("Identity", ["cond"], "going"), Node("Equal", ["i", "last"], "isLast"), choice);
        AddLoopInputs(body);
        var b = new ModelBuilder();
        var x = b.Input("x", 2, 3);
        b.Weight("bias", [3], [1, 2, 3]);
        b.Initializer(TensorData.FromLongs("last", [], [2]));
        var result = b.Node("Loop", [b.Initializer(TensorData.FromLongs("count", [], [3])), "", b.Relu(x)], new { body });
        OnnxRuntimeOracle.AssertAgrees(b.Build(b.Node("Cast", [result], new { to = (int)DataType.Float })), [rand(2, 3)]);
    }

    [Fact]
    public void What_a_loop_cuts_off_is_said_and_the_rest_is_trained()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder();
        var x = b.Input("x", "N", 3);
        var before = b.MatMul(x, 3, name: "before");
        b.Weight("captured", [3], [1, 2, 3]);
        var looped = b.Node("Loop", [b.Initializer(TensorData.FromLongs("count", [], [2])), "", before], new { body = LoopBody() }, "loop");
        var beside = b.MatMul(x, 3, name: "beside");
        var model = b.Build(b.MatMul(b.Add(looped, beside), 2, name: "after"));
        using var module = new GraphModule(model);

        Assert.Equal("loop", Assert.Single(module.RuntimeNodes).Name);
        Assert.Equal(["before.weight"], module.WeightsWithoutGradient);
        Assert.Contains("Loop", module.RuntimeNote, StringComparison.Ordinal);
        module.forward(rand(4, 3)).sum().backward();
        Assert.Equal(["beside.weight", "after.weight"], module.Weights.Where(weight => weight.Value.grad is not null).Select(weight => weight.Key));
    }

    [Fact]
    public void A_model_that_no_gradient_reaches_is_refused_by_the_trainer()
    {
        var b = new ModelBuilder();
        b.Weight("captured", [3], [1, 2, 3]);
        var looped = b.Node("Loop", [b.Initializer(TensorData.FromLongs("count", [], [2])), "", b.MatMul(b.Input("x", "N", 3), 3)], new { body = LoopBody() });
        using var module = new GraphModule(b.Build(looped));
        using var data = DataSets.FromTensors("zeros", zeros(4, 3), zeros(4, ScalarType.Int64));

        var error = Assert.Throws<TrainingException>(() => new Trainer(module, new TrainingRecipe { Epochs = 1 }).Train(data));
        Assert.Equal(TrainingException.NothingToTrain, error.Code);
    }

    static OnnxModel Branching()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", 2, 3);
        b.Weight("bias", [3], [1, 2, 3]);
        var condition = b.Node("Greater", [b.Node("ReduceSum", [x], new { keepdims = 0 }), b.Scalar(0)]);
        var yes = new GraphProto { Name = "yes", Node = { Node("Add", ["x", "bias"], "sum") }, Output = { Value("sum") } };
        var no = new GraphProto { Name = "no", Node = { Node("Neg", ["x"], "negative") }, Output = { Value("negative") } };
        return b.Build(b.Node("If", [condition], new { then_branch = yes, else_branch = no }));
    }

    static OnnxModel Looping(long count)
    {
        var b = new ModelBuilder();
        var x = b.Input("x", 2, 3);
        b.Weight("captured", [3], [1, 2, 3]);
        return b.Build(b.Node("Loop", [b.Initializer(TensorData.FromLongs("count", [], [count])), "", b.Relu(x)], new { body = LoopBody() }));
    }

    static GraphProto LoopBody()
    {
        var body = Body([], ["going", "next"], Node("Identity", ["cond"], "going"), Node("Mul", ["carried", "captured"], "next"));
        AddLoopInputs(body);
        return body;
    }

    static void AddLoopInputs(GraphProto body)
    {
        body.Input.Add(Value("i", DataType.Int64));
        body.Input.Add(Value("cond", DataType.Bool));
        body.Input.Add(Value("carried"));
        foreach (var scalar in body.Input.Take(2)) scalar.Type.TensorType.Shape = new TensorShapeProto();
        body.Output[0].Type.TensorType.ElemType = (int)DataType.Bool;
    }

    static GraphProto Body(string[] inputs, string[] outputs, params NodeProto[] nodes)
    {
        var body = new GraphProto { Name = "body" };
        body.Input.AddRange(inputs.Select(name => Value(name)));
        body.Node.AddRange(nodes);
        body.Output.AddRange(outputs.Select(name => Value(name)));
        return body;
    }

    static NodeProto Node(string name, string[] inputs, string output)
    {
        var node = new NodeProto { OpType = name, Name = output, Output = { output } };
        node.Input.AddRange(inputs);
        return node;
    }

    static ValueInfoProto Value(string name, DataType type = DataType.Float) =>
        new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type } } };
}
