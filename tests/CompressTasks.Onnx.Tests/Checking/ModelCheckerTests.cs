using CompressTasks.Onnx.Schema;
using AttributeType = CompressTasks.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace CompressTasks.Onnx.Tests;

public class ModelCheckerTests
{
    public static TheoryData<string, string, string> Broken => new()
    {
        { "undefined input", ModelException.InvalidGraph, "Node 'relu' (Relu) reads 'nowhere', which is no input, initializer or output of a node" },
        { "wrong order", ModelException.InvalidGraph, "Node 'conv' (Conv) reads 'relu', which only the later node 'relu' makes" },
        { "reads itself", ModelException.InvalidGraph, "which it makes itself" },
        { "duplicate output", ModelException.InvalidGraph, "makes 'conv', which exists already" },
        { "duplicate initializer", ModelException.InvalidGraph, "two initializers 'conv.bias'" },
        { "duplicate input", ModelException.InvalidGraph, "two inputs 'x'" },
        { "missing output", ModelException.InvalidGraph, "The output 'nowhere'" },
        { "no output", ModelException.InvalidGraph, "has no output" },
        { "no operator", ModelException.InvalidGraph, "names no operator" },
        { "no opset", ModelException.InvalidGraph, "imports no ONNX operator set" },
        { "old opset", ModelException.UnsupportedOpset, "operator set 6; 7 to 26 are supported" },
        { "new opset", ModelException.UnsupportedOpset, "operator set 99" },
        { "unknown domain", ModelException.InvalidGraph, "domain 'com.example'" },
        { "short weight", ModelException.InvalidGraph, "Tensor 'conv.bias' holds 12 bytes where its shape needs 16" },
        { "negative dimension", ModelException.InvalidGraph, "Tensor 'conv.bias' has a negative dimension" },
        { "short typed data", ModelException.InvalidGraph, "holds 1 elements where its shape needs 4" },
        { "unknown element type", ModelException.InvalidGraph, "unknown element type 77" },
        { "missing weight", ModelException.InvalidGraph, "Node 'conv' (Conv) lacks its input 1" },
        { "node without output", ModelException.InvalidGraph, "(Softmax) has no output" },
        { "attribute type", ModelException.InvalidGraph, "Node 'conv' (Conv) has the attribute 'group' as Float where the operator needs Int" },
        { "attribute twice", ModelException.InvalidGraph, "has the attribute 'group' twice" },
        { "bad axis", ModelException.Shape, "Node 'softmax' (Softmax) has the axis 4 for a tensor of rank 4" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Each_broken_rule_is_named_with_its_place(string rule, string code, string reason)
    {
        var b = new ModelBuilder();
        var x = b.Conv(b.Input("x", "N", 3, 8, 8), 4, 3);
        var model = b.Build(b.Softmax(b.Relu(x)));
        ModelChecker.Check(model);
        Break(model, rule);

        var error = Assert.Throws<ModelException>(() => ModelChecker.Check(model));

        Assert.Equal(code, error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_chain_is_checked_inferred_and_simplified_in_linear_time()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", "N", 4);
        for (var i = 0; i < 20_000; i++) x = i % 2 == 0 ? b.Relu(x) : b.Node("Identity", [x]);
        var model = b.Build(x);
        var watch = System.Diagnostics.Stopwatch.StartNew();

        ModelChecker.Check(model);
        Simplification.Apply(model);

        Assert.Equal(10_000, model.Graph.Node.Count);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    static void Break(OnnxModel model, string rule)
    {
        var graph = model.Graph;
        var (conv, relu) = (graph.Node[0], graph.Node[1]);
        switch (rule)
        {
            case "undefined input": relu.Input[0] = "nowhere"; break;
            case "wrong order": conv.Input[0] = "relu"; break;
            case "reads itself": relu.Input[0] = "relu"; break;
            case "duplicate output": relu.Output[0] = "conv"; break;
            case "duplicate initializer": graph.Initializer.Add(graph.Initializer[1].Clone()); break;
            case "duplicate input": graph.Input.Add(graph.Input[0].Clone()); break;
            case "missing output": graph.Output[0].Name = "nowhere"; break;
            case "no output": graph.Output.Clear(); break;
            case "no operator": relu.ClearOpType(); break;
            case "no opset": model.Proto.OpsetImport.Clear(); break;
            case "old opset": model.Proto.OpsetImport[0].Version = 6; break;
            case "new opset": model.Proto.OpsetImport[0].Version = 99; break;
            case "unknown domain": relu.Domain = "com.example"; break;
            case "short weight": graph.Initializer[1].SetBytes(new byte[12]); break;
            case "negative dimension": graph.Initializer[1].Dims[0] = -4; break;
            case "short typed data":
                graph.Initializer[1].ClearRawData();
                graph.Initializer[1].FloatData.Add(1);
                break;
            case "unknown element type": graph.Initializer[1].DataType = 77; break;
            case "missing weight": conv.Input[1] = ""; break;
            case "node without output": graph.Node[2].Output.Clear(); break;
            case "attribute type": conv.Set("group", 1f); break;
            case "attribute twice": conv.Attribute.Add(new AttributeProto { Name = "group", Type = AttributeType.Int, I = 1 }); break;
            case "bad axis": graph.Node[2].Set("axis", 4); break;
            default: throw new ArgumentOutOfRangeException(nameof(rule), rule, null);
        }
    }
}
