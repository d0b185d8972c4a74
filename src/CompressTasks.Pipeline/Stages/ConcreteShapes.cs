using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pipeline;

/// <summary>Input shapes without dynamic axes.</summary>
static class ConcreteShapes
{
    /// <summary>The inputs that a caller has to give, initializers listed as inputs left out.</summary>
    public static IReadOnlyList<ValueInfoProto> Inputs(OnnxModel model)
    {
        var constants = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        return [.. model.Graph.Input.Where(input => !constants.Contains(input.Name))];
    }

    /// <summary>What the user named; else declared lengths, <paramref name="batch"/> for a dynamic first axis and 1 for any other.</summary>
    public static IReadOnlyDictionary<string, long[]> Of(OnnxModel model, int batch, IReadOnlyDictionary<string, long[]> named) =>
        Inputs(model).ToDictionary(
            input => input.Name,
            input => named.TryGetValue(input.Name, out var shape) ? shape : [.. Declared(input).Select((length, axis) => length > 0 ? length : axis == 0 ? batch : 1)],
            StringComparer.Ordinal);

    static IEnumerable<long> Declared(ValueInfoProto input) =>
        input.Type?.TensorType?.Shape?.Dim.Select(dimension => dimension.HasDimValue ? dimension.DimValue : -1) ?? [];
}
