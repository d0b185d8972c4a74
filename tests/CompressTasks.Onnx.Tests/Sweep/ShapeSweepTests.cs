using CompressTasks.OperatorSweep;

namespace CompressTasks.Onnx.Tests.Sweep;

/// <summary>What shape inference says of every case of the sweep against what ONNX Runtime makes.</summary>
public class ShapeSweepTests
{
    /// <summary>Lengths of these follow from the values of inputs.</summary>
    static readonly string[] DataDependent = ["NonZero", "Compress", "Range"];

    public static IEnumerable<object[]> All => OperatorSweep.Sweep.All.Select(one => new object[] { one.Operator, one.Opset });

    [Theory]
    [MemberData(nameof(All))]
    public void Inferred_shapes_and_types_are_what_ONNX_Runtime_makes(string name, int opset)
    {
        var swept = OperatorSweep.Sweep.Operators[name];
        var failures = new List<string>();
        foreach (var one in swept.Singles(opset).Concat(swept.OtherElementTypes(opset)))
        {
            using var session = RuntimeSession.OpenIfSupported(one.Model);
            if (session?.RunIfSupported(one.Feeds) is not { } outputs) continue;
            var difference = Fixed(name, one, outputs) ?? Symbolic(one, outputs);
            if (difference is not null) failures.Add($"{one.Description}: {difference}");
        }

        Assert.True(failures.Count == 0, $"{failures.Count} cases differ:\n{string.Join('\n', failures.Take(8))}");
    }

    static string? Fixed(string name, SweepModel one, IReadOnlyList<SweepTensor> outputs)
    {
        var inferred = ShapeInference.Infer(one.Model);
        foreach (var output in outputs)
        {
            if (inferred.ElementType(output.Name) != output.Type) return $"{output.Name} is {inferred.ElementType(output.Name)} instead of {output.Type}";
            if (inferred.TryGetKnown(output.Name, out var lengths) ? lengths.SequenceEqual(output.Shape) : DataDependent.Contains(name)) continue;
            return $"{output.Name} is [{string.Join(", ", inferred.Of(output.Name) ?? [])}] instead of [{string.Join(",", output.Shape)}]";
        }

        return null;
    }

    /// <summary>With every axis of the inputs dynamic, nothing that is still known may be wrong.</summary>
    static string? Symbolic(SweepModel one, IReadOnlyList<SweepTensor> outputs)
    {
        var dynamic = one.Model.Clone();
        foreach (var input in dynamic.Graph.Input)
        {
            foreach (var (axis, dimension) in input.Type.TensorType.Shape.Dim.Index()) dimension.DimParam = $"{input.Name}_{axis}";
        }

        var inferred = ShapeInference.Infer(dynamic);
        foreach (var output in outputs)
        {
            if (inferred.Of(output.Name) is not { } shape) continue;
            var fits = shape.Count == output.Shape.Length && shape.Zip(output.Shape).All(pair => !pair.First.IsKnown || pair.First.Value == pair.Second);
            if (!fits) return $"{output.Name} is [{string.Join(", ", shape)}] instead of [{string.Join(",", output.Shape)}], with dynamic axes";
        }

        return null;
    }
}
