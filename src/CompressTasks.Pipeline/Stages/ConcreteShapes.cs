using CompressTasks.Onnx;

namespace CompressTasks.Pipeline;

/// <summary>Input shapes without dynamic axes.</summary>
static class ConcreteShapes
{
    /// <summary>What the user named; else declared lengths, <paramref name="batch"/> for a dynamic first axis and 1 for any other.</summary>
    /// <exception cref="ModelException">CMP0006 where a named shape belongs to no input or contradicts it.</exception>
    public static IReadOnlyDictionary<string, long[]> Of(OnnxModel model, int batch, IReadOnlyDictionary<string, long[]> named)
    {
        var shapes = InputShapes.Resolve(model, named);
        foreach (var input in InputShapes.Required(model).Where(input => !named.ContainsKey(input.Name)))
        {
            if (input.Type.TensorType.Shape.Dim is [{ HasDimValue: false }, ..] && shapes[input.Name][0] == 1) shapes[input.Name][0] = batch;
        }

        return shapes;
    }
}
