using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Checks a model against the rules of the ONNX specification that the rest of CompressTasks relies on.</summary>
public static class ModelChecker
{
    /// <exception cref="ModelException">CMP0003, CMP0004: the first broken rule, with node and reason.</exception>
    public static void Check(OnnxModel model)
    {
        OpsetCheck.Check(model);
        GraphCheck.Check(model);
    }
}
