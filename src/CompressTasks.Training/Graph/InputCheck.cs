using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Compares what is fed to a graph with what its inputs declare, before native code meets it.</summary>
static class InputCheck
{
    /// <summary>Rank and every fixed length but the first, which is the batch's, must be as declared.</summary>
    /// <exception cref="TrainingException">CMP0403.</exception>
    public static void Check(ValueInfoProto declared, Tensor given, string? file)
    {
        if (declared.Type?.TensorType?.Shape is not { } shape) return;
        var actual = given.shape;
        var fits = actual.Length == shape.Dim.Count;
        for (var axis = 1; fits && axis < actual.Length; axis++)
        {
            fits = shape.Dim[axis].ValueCase != TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue || shape.Dim[axis].DimValue == actual[axis];
        }

        if (fits) return;
        throw new TrainingException(
            TrainingException.DataShape,
            $"The input '{declared.Name}' wants the shape [{string.Join(",", shape.Dim.Select(Text))}] and was given {Broadcasting.Text(actual)}.",
            file,
            "Prepare the data so that a sample has the input's shape without its first axis, the batch.");
    }

    static string Text(TensorShapeProto.Types.Dimension dimension) =>
        dimension.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue ? FormattableString.Invariant($"{dimension.DimValue}")
        : dimension.DimParam.Length > 0 ? dimension.DimParam : "?";
}
