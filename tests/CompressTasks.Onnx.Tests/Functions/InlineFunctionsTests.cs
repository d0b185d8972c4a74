using CompressTasks.Onnx.Schema;
using AttributeType = CompressTasks.Onnx.Schema.AttributeProto.Types.AttributeType;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx.Tests.Functions;

/// <summary>Models with functions of their own: unfolded they compute what ONNX Runtime computes of them as they are.</summary>
public class InlineFunctionsTests
{
    const string Domain = "com.example";

    [Fact]
    public void Calls_become_the_function_s_nodes_with_the_call_s_attributes_or_defaults()
    {
        var leaky = Function("Leaky", ["x"], ["y"], Node("LeakyRelu", ["x"], ["y"], Reference("alpha", "slope")));
        leaky.Attribute.Add("slope");
        var bounded = Function("Bounded", ["x"], ["z"], Node("Elu", ["x"], ["inner"], Reference("alpha", "size")), Node("Neg", ["inner"], ["z"]));
        bounded.AttributeProto.Add(new AttributeProto { Name = "size", Type = AttributeType.Float, F = 0.3f });
        var model = Model(["y1", "y2", "y3"], [leaky, bounded], Call("Leaky", ["x"], ["y1"], node => node.Set("slope", 0.4f)), Call("Bounded", ["y1"], ["y2"]), Call("Bounded", ["y1"], ["y3"], node => node.Set("size", 0.7f)));

        Assert.Equal(["LeakyRelu", "Elu", "Neg", "Elu", "Neg"], Unfolded(model));
    }

    [Fact]
    public void Calls_inside_functions_are_unfolded_too_and_values_get_names_of_their_own()
    {
        var inner = Function("Inner", ["a", "b"], ["c"], Node("Add", ["a", "b"], ["t"]), Node("Mul", ["t", "a"], ["c"]));
        var outer = Function("Outer", ["a"], ["c", "t"], Call("Inner", ["a", "a"], ["t"]), Call("Inner", ["t", "a"], ["c"]));
        var model = Model(["y1", "t"], [inner, outer], Call("Outer", ["x"], ["t", "first"]), Call("Outer", ["t"], ["second", "y1"]));

        Assert.Equal(8, Unfolded(model).Count);
    }

    [Fact]
    public void Graphs_inside_functions_are_renamed_and_see_the_function_s_values()
    {
        var branch = Function("Chosen", ["c", "a"], ["y"], Node("Neg", ["a"], ["t"]), If("c", "y", Node("Relu", ["t"], ["r"]), Call("Twice", ["t"], ["r"])));
        var twice = Function("Twice", ["a"], ["r"], Node("Add", ["a", "a"], ["r"]));
        var model = Model(["y", "z"], [branch, twice], Constant("c", 1), Constant("d", 0), Call("Chosen", ["c", "x"], ["y"]), Call("Chosen", ["d", "y"], ["z"]));

        Assert.DoesNotContain("Twice", Unfolded(model));
    }

    [Fact]
    public void Inputs_may_be_left_out_and_passed_on()
    {
        // ONNX Runtime itself does not load such calls, so the nodes are compared with what they have to be.
        var clip = Function("Cut", ["x", "low", "high"], ["y", "x"], Node("Clip", ["x", "low", "high"], ["y"]));
        var model = Model(["y", "z"], [clip], Node("ReduceMean", ["x"], ["m"]), Node("Squeeze", ["m"], ["top"]), Call("Cut", ["x", "", "top"], ["y", "z"]), Call("Cut", ["x"], ["", "unused"]));

        ModelChecker.Check(model);
        Assert.True(InlineFunctions.Apply(model));
        ModelChecker.Check(model);

        Assert.Equal(["ReduceMean", "Squeeze", "Clip", "Identity", "Clip", "Identity"], model.Graph.Node.Select(node => node.OpType));
        Assert.Equal(["x", "", "top"], model.Graph.Node[2].Input);
        Assert.Equal(("x", "z"), (model.Graph.Node[3].Input[0], model.Graph.Node[3].Output[0]));
        Assert.Equal(["x", "", ""], model.Graph.Node[4].Input);
        Assert.Equal(2, Runtime.Run(model, new Dictionary<string, long[]> { ["x"] = [2, 3] }).Count);
    }

    [Fact]
    public void A_graph_given_to_a_function_keeps_the_caller_s_names()
    {
        var choose = Function("Choose", ["c"], ["y"], Node("If", ["c"], ["y"], Graph("then_branch"), Graph("else_branch")));
        var call = Call("Choose", ["c"], ["y"]);
        call.Set("yes", Branch(Node("Relu", ["x"], ["r"])));
        call.Set("no", Branch(Node("Neg", ["x"], ["r"])));
        var model = Model(["y"], [choose], Constant("c", 0), call);

        Assert.True(InlineFunctions.Apply(model));

        Assert.Equal(["Constant", "If"], model.Graph.Node.Select(node => node.OpType));
        ModelChecker.Check(model);
        Runtime.Run(model, new Dictionary<string, long[]> { ["x"] = [2, 3] });

        AttributeProto Graph(string name) => new() { Name = name, RefAttrName = name == "then_branch" ? "yes" : "no", Type = AttributeType.Graph };
    }

    [Fact]
    public void Functions_that_call_themselves_are_refused()
    {
        var first = Function("First", ["x"], ["y"], Call("Second", ["x"], ["y"]));
        var second = Function("Second", ["x"], ["y"], If("x", "y", Call("First", ["x"], ["r"]), Node("Relu", ["x"], ["r"])));

        Refused(Model(["y"], [first, second], Call("First", ["x"], ["y"])), ModelException.InvalidGraph, "calls itself");
    }

    [Fact]
    public void Functions_that_unfold_without_bounds_are_refused_in_no_time()
    {
        var doubling = Enumerable.Range(0, 60).Select(i => i == 0
            ? Function("F0", ["x"], ["y"], Node("Relu", ["x"], ["y"]))
            : Function($"F{i}", ["x"], ["y"], Call($"F{i - 1}", ["x"], ["t"]), Call($"F{i - 1}", ["t"], ["y"]))).ToArray();
        Refused(Model(["y"], doubling, Call("F59", ["x"], ["y"])), ModelException.InvalidGraph, "unfold to more than");

        var deep = Enumerable.Range(0, 5000).Select(i => Function($"F{i}", ["x"], ["y"], i == 0 ? Node("Relu", ["x"], ["y"]) : Call($"F{i - 1}", ["x"], ["y"]))).ToArray();
        Refused(Model(["y"], deep, Call("F4999", ["x"], ["y"])), ModelException.InvalidGraph, "deep");
    }

    [Fact]
    public void Graphs_that_double_from_call_to_call_are_refused()
    {
        AttributeProto Handed(string name) => new() { Name = name, RefAttrName = "g", Type = AttributeType.Graph };
        GraphProto Doubled(string name) => new() { Name = name, Node = { new NodeProto { OpType = "If", Input = { "x" }, Output = { "r" }, Attribute = { Handed("then_branch"), Handed("else_branch") } } }, Output = { new ValueInfoProto { Name = "r" } } };
        var functions = Enumerable.Range(0, 40).Select(i =>
        {
            var inner = i == 0 ? Doubled("last").Node[0].Clone() : Call($"F{i - 1}", ["x"], ["r"]);
            if (i > 0) inner.Attribute.Add(new AttributeProto { Name = "g", Type = AttributeType.Graph, G = Doubled("g") });
            var function = Function($"F{i}", ["x"], ["r"], inner);
            function.Attribute.Add("g");
            return function;
        }).ToArray();
        var call = Call("F39", ["x"], ["y"]);
        call.Attribute.Add(new AttributeProto { Name = "g", Type = AttributeType.Graph, G = new GraphProto { Name = "leaf", Node = { Node("Relu", ["x"], ["r"]) }, Output = { new ValueInfoProto { Name = "r" } } } });

        var error = Assert.Throws<ModelException>(() => Simplification.Apply(Model(["y"], functions, call)));
        Assert.Equal(ModelException.InvalidGraph, error.Code);
        Assert.Contains("unfold to more than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_functions_are_named()
    {
        Refused(Model(["y"], [Function("F", ["x"], ["y"], Node("Add", ["x", "nowhere"], ["y"]))], Call("F", ["x"], ["y"])), ModelException.InvalidGraph, "reads 'nowhere'");
        Refused(Model(["y"], [Function("F", ["x"], ["y"], Node("Relu", ["x"], ["z"]))], Call("F", ["x"], ["y"])), ModelException.InvalidGraph, "output 'y' of function 'F'");
        var function = Function("F", ["x"], ["y"], Node("Relu", ["x"], ["y"]));
        Refused(Model(["y"], [function, function.Clone()], Call("F", ["x"], ["y"])), ModelException.InvalidGraph, "is there twice");
    }

    [Fact]
    public void A_function_for_another_operator_set_is_refused_only_where_it_uses_it()
    {
        var function = Function("F", ["x"], ["y"], Node("Relu", ["x"], ["y"]));
        function.OpsetImport[0].Version = 11;
        var error = Assert.Throws<ModelException>(() => Simplification.Apply(Model(["y"], [function], Call("F", ["x"], ["y"]))));
        Assert.Equal(ModelException.UnsupportedOpset, error.Code);

        var caller = Function("G", ["x"], ["y"], Call("H", ["x"], ["y"]));
        caller.OpsetImport[0].Version = 11;
        var model = Model(["y"], [caller, Function("H", ["x"], ["y"], Node("Relu", ["x"], ["y"]))], Call("G", ["x"], ["y"]));
        Simplification.Apply(model);
        Assert.Equal("", Assert.Single(model.Proto.OpsetImport).Domain);
    }

    /// <summary>Simplifies a copy, which must compute the same, and returns its operators.</summary>
    static List<string> Unfolded(OnnxModel model)
    {
        ModelChecker.Check(model);
        var shapes = new Dictionary<string, long[]> { ["x"] = [2, 3] };
        var expected = Runtime.Run(model, shapes);

        var unfolded = model.Clone();
        Assert.True(InlineFunctions.Apply(unfolded));

        ModelChecker.Check(unfolded);
        Assert.Empty(unfolded.Proto.Functions);
        Assert.DoesNotContain(unfolded.Proto.OpsetImport, import => import.Domain == Domain);
        var actual = Runtime.Run(unfolded, shapes);
        foreach (var (value, result) in expected) Runtime.Agree(result, actual[value]);
        return [.. FunctionLibrary.AllNodes(unfolded.Graph.Node).Where(node => node.OpType != "Constant").Select(node => node.OpType)];
    }

    static void Refused(OnnxModel model, string code, string reason)
    {
        var error = Assert.Throws<ModelException>(() => ModelChecker.Check(model));
        Assert.Equal(code, error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    static OnnxModel Model(string[] outputs, FunctionProto[] functions, params NodeProto[] nodes)
    {
        var graph = new GraphProto { Name = "graph" };
        graph.Input.Add(Value("x"));
        graph.Input[0].Type.TensorType.Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimValue = 2 }, new TensorShapeProto.Types.Dimension { DimValue = 3 } } };
        graph.Node.AddRange(nodes);
        foreach (var (i, node) in nodes.Index()) node.Name = $"n{i}";
        graph.Output.AddRange(outputs.Select(Value));
        var proto = new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { Import("", 17), Import(Domain, 1) } };
        proto.Functions.AddRange(functions);
        return new OnnxModel(proto);
    }

    static FunctionProto Function(string name, string[] inputs, string[] outputs, params NodeProto[] nodes)
    {
        var function = new FunctionProto { Name = name, Domain = Domain, OpsetImport = { Import("", 17), Import(Domain, 1) } };
        function.Input.AddRange(inputs);
        function.Output.AddRange(outputs);
        function.Node.AddRange(nodes);
        foreach (var (i, node) in nodes.Index()) node.Name = $"{name}.{i}";
        return function;
    }

    static NodeProto Call(string function, string[] inputs, string[] outputs, Action<NodeProto>? change = null)
    {
        var node = Node(function, inputs, outputs);
        node.Domain = Domain;
        change?.Invoke(node);
        return node;
    }

    static NodeProto Node(string name, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = name };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes);
        return node;
    }

    static NodeProto Constant(string name, byte value) =>
        Node("Constant", [], [name], new AttributeProto { Name = "value", Type = AttributeType.Tensor, T = TensorData.FromBytes("", DataType.Bool, [], [value]) });

    static NodeProto If(string condition, string output, NodeProto yes, NodeProto no)
    {
        var node = Node("If", [condition], [output]);
        node.Set("then_branch", Branch(yes));
        node.Set("else_branch", Branch(no));
        return node;
    }

    static GraphProto Branch(NodeProto node) => new() { Name = "branch", Node = { node }, Output = { Value(node.Output[0]) } };

    static AttributeProto Reference(string name, string of) => new() { Name = name, RefAttrName = of, Type = AttributeType.Float };

    static ValueInfoProto Value(string name) => new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float } } };

    static OperatorSetIdProto Import(string domain, long version) => new() { Domain = domain, Version = version };
}
