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
