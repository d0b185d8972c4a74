using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>What inference knows about one value.</summary>
/// <param name="Type">Undefined where unknown.</param>
/// <param name="Shape">Null where the rank is unknown.</param>
sealed record TensorFact(DataType Type, Dimension[]? Shape)
{
    public static readonly TensorFact Nothing = new(DataType.Undefined, null);

    TensorProto? constant;
    TensorContent? content;

    /// <summary>The elements of a small tensor, or null.</summary>
    public TensorContent? Content
    {
        get => content ??= constant is null ? null : TensorContent.From(constant);
        init => content = value;
    }

    /// <summary>A constant, whose elements are looked at only where shape arithmetic asks for them.</summary>
    public static TensorFact Of(TensorProto constant) =>
        new(constant.ElementType(), [.. constant.Dims.Select(Dimension.Known)]) { constant = constant };
}
