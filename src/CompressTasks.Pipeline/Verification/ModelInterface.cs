using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pipeline;

/// <summary>What a caller of a model relies on: names, element types and shapes of its inputs and outputs, dynamic axes by their names.</summary>
sealed record ModelInterface(IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs)
{
    public static ModelInterface Of(OnnxModel model)
    {
        var initializers = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        return new ModelInterface(
            [.. model.Graph.Input.Where(input => !initializers.Contains(input.Name)).Select(Describe)],
            [.. model.Graph.Output.Select(Describe)]);
    }

    static string Describe(ValueInfoProto value)
    {
        var type = value.Type?.TensorType;
        var shape = type?.Shape is { } dimensions ? string.Join('x', dimensions.Dim.Select(dimension => dimension.HasDimParam ? dimension.DimParam : FormattableString.Invariant($"{dimension.DimValue}"))) : "?";
        return $"{value.Name}: {(TensorProto.Types.DataType)(type?.ElemType ?? 0)}[{shape}]";
    }
}
