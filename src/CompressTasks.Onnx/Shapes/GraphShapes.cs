using System.Diagnostics.CodeAnalysis;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>
/// Element type, shape and, for shape arithmetic, content of the main graph's values as <see cref="ShapeInference"/> found them.
/// </summary>
public sealed class GraphShapes
{
    readonly IReadOnlyDictionary<string, TensorFact> facts;

    internal GraphShapes(IReadOnlyDictionary<string, TensorFact> facts) => this.facts = facts;

    /// <returns>The value's dimensions, or null where not even the rank is known.</returns>
    public IReadOnlyList<Dimension>? Of(string value) => Fact(value).Shape;

    /// <returns>True where the length of every axis is a number.</returns>
    public bool TryGetKnown(string value, [NotNullWhen(true)] out long[]? dimensions)
    {
        dimensions = Fact(value).Shape is { } shape && Array.TrueForAll(shape, dimension => dimension.IsKnown)
            ? Array.ConvertAll(shape, dimension => dimension.Value)
            : null;
        return dimensions is not null;
    }

    /// <returns>Undefined where unknown.</returns>
    public DataType ElementType(string value) => Fact(value).Type;

    /// <returns>The elements (C order) of a small integer or boolean tensor where all of them are known, else null.</returns>
    public long[]? Integers(string value) =>
        Fact(value) is { Content: { } content } fact && ElementTypes.IsInteger(fact.Type) ? content.Integers() : null;

    /// <returns>The elements of a small integer tensor, symbolic ones included, or null where one is unknown.</returns>
    public Dimension[]? SymbolicIntegers(string value)
    {
        if (Fact(value) is not { Content: { } content } fact || !ElementTypes.IsInteger(fact.Type)) return null;
        var result = new Dimension[content.Elements.Length];
        for (var i = 0; i < result.Length; i++)
        {
            if (content.Elements[i].Integer is not { } element) return null;
            result[i] = element;
        }

        return result;
    }

    internal TensorFact Fact(string value) => facts.TryGetValue(value, out var fact) ? fact : TensorFact.Nothing;
}
