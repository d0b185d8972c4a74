using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx.Tests;

/// <summary>Inferred shapes and types against those that ONNX Runtime really makes.</summary>
public class OperatorShapeTests
{
    public static TheoryData<string> Cases => new(OperatorCases.All.Keys);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Fixed_shapes_are_what_the_runtime_makes(string name)
    {
        var (model, shapes) = Make(name);

        Compare(ShapeInference.Infer(model), Runtime.Run(model, shapes));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Dynamic_axes_made_concrete_give_the_same_and_left_symbolic_contradict_nothing(string name)
    {
        var (model, shapes) = Make(name);
        var outputs = Runtime.Run(model, shapes);
        foreach (var input in model.Graph.Input)
        {
            foreach (var (axis, dimension) in input.Type.TensorType.Shape.Dim.Index()) dimension.DimParam = $"{input.Name}{axis}";
        }

        Compare(ShapeInference.Infer(model, shapes), outputs);

        var symbolic = ShapeInference.Infer(model);
        foreach (var (value, result) in outputs)
        {
            if (symbolic.Of(value) is not { } shape) continue;
            Assert.Equal(result.Shape.Length, shape.Count);
            Assert.All(shape.Zip(result.Shape), pair => Assert.True(!pair.First.IsKnown || pair.First.Value == pair.Second, $"{pair.First} is {pair.Second}"));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Simplifying_changes_no_number(string name)
    {
        var (model, shapes) = Make(name);
        var expected = Runtime.Run(model, shapes);

        Simplification.Apply(model);

        ModelChecker.Check(model);
        var actual = Runtime.Run(model, shapes);
        foreach (var (value, result) in expected)
        {
            Runtime.Agree(result, actual[value]);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_node_that_lacks_an_input_an_output_or_an_attribute_ends_in_an_error_or_goes_through(string name)
    {
        var (model, shapes) = Make(name);
        var whole = model.Graph.Node.Count;
        for (var i = 0; i < whole; i++)
        {
            var node = model.Graph.Node[i];
            for (var input = 0; input < node.Input.Count; input++) Survives(model, shapes, i, broken => broken.Input[input] = "");
            for (var input = 0; input < node.Input.Count; input++) Survives(model, shapes, i, broken => broken.Input.RemoveAt(input));
            for (var attribute = 0; attribute < node.Attribute.Count; attribute++) Survives(model, shapes, i, broken => broken.Attribute.RemoveAt(attribute));
            Survives(model, shapes, i, broken => broken.Output.Clear());
            Survives(model, shapes, i, broken => broken.Input.Clear());
        }
    }

    static void Survives(OnnxModel model, IReadOnlyDictionary<string, long[]> shapes, int node, Action<NodeProto> damage)
    {
        var damaged = model.Clone();
        damage(damaged.Graph.Node[node]);
        try
        {
            ModelChecker.Check(damaged);
            Simplification.Apply(damaged);
            ModelChecker.Check(damaged);
            CostModel.Count(damaged, ShapeInference.Infer(damaged, shapes));
        }
        catch (ModelException error)
        {
            Assert.NotEmpty(error.Message);
        }
    }

    static void Compare(GraphShapes inferred, Dictionary<string, Runtime.Result> outputs)
    {
        foreach (var (value, result) in outputs)
        {
            Assert.True(inferred.TryGetKnown(value, out var dimensions), $"'{value}' is [{string.Join(", ", inferred.Of(value) ?? [])}]");
            Assert.Equal(result.Shape, dimensions);
            Assert.Equal(result.Type, inferred.ElementType(value));
            if (inferred.Integers(value) is { } integers) Assert.Equal(result.Values, integers.Select(integer => (double)integer));
        }
    }

    static (OnnxModel Model, IReadOnlyDictionary<string, long[]> Shapes) Make(string name)
    {
        var (opset, make) = OperatorCases.All[name];
        var builder = new ModelBuilder(opset: opset);
        var model = builder.Build(make(builder));
        var shapes = InputShapes.Resolve(model);

        // What the builder declares must not help inference, nor bind the runtime.
        foreach (var output in model.Graph.Output) output.Type.TensorType.Shape = null;
        return (model, shapes);
    }
}
