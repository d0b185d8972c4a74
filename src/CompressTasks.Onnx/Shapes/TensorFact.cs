using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>What inference knows about one value.</summary>
/// <param name="Type">Undefined where unknown.</param>
/// <param name="Shape">Null where the rank is unknown.</param>
/// <param name="Content">The elements of a small tensor, or null.</param>
sealed record TensorFact(DataType Type, Dimension[]? Shape, TensorContent? Content = null)
{
    public static readonly TensorFact Nothing = new(DataType.Undefined, null);
}
