namespace CompressTasks.Onnx;

/// <summary>Checks a model against the rules of the ONNX specification that the rest of CompressTasks relies on.</summary>
public static class ModelChecker
{
    /// <exception cref="ModelException">
    /// The first broken rule, with node and reason: CMP0003 structure, CMP0004 operator set, CMP0006 shapes and axes.
    /// </exception>
    public static void Check(OnnxModel model)
    {
        CheckStructure(model);
        ShapeInference.Infer(model);
    }

    /// <summary>All that can be said without inferring shapes; every model that is read passed it.</summary>
    internal static void CheckStructure(OnnxModel model)
    {
        OpsetCheck.Check(model);
        foreach (var tensor in ModelTensors.Of(model.Proto)) TensorCheck.Check(tensor, model.Path);
        GraphCheck.Check(model);
        if (model.Proto.Functions.Count > 0) FunctionLibrary.Of(model);
    }
}
