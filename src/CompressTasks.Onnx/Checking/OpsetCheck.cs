namespace CompressTasks.Onnx;

static class OpsetCheck
{
    public static void Check(OnnxModel model)
    {
        var imports = model.Proto.OpsetImport.Where(import => import.Domain is "" or "ai.onnx").ToArray();
        if (imports.Length == 0)
        {
            throw new ModelException(
                ModelException.InvalidGraph, "The model imports no ONNX operator set.", model.Path, "Export it again; opset_import is missing.");
        }

        if (model.Opset is < OnnxModel.OldestOpset or > OnnxModel.NewestOpset)
        {
            throw new ModelException(
                ModelException.UnsupportedOpset,
                $"The model uses ONNX operator set {model.Opset}; {OnnxModel.OldestOpset} to {OnnxModel.NewestOpset} are supported.",
                model.Path,
                "Export it again with a supported operator set, for example opset_version=17.");
        }
    }
}
