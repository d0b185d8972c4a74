namespace CompressTasks.Onnx;

/// <summary>Tensors whose bytes lie in a file beside the model.</summary>
static class ExternalData
{
    public static void Load(OnnxModel model, string path)
    {
        foreach (var tensor in model.Graph.Initializer)
        {
            if (tensor.DataLocation != Schema.TensorProto.Types.DataLocation.External) continue;
            throw new ModelException(ModelException.ExternalData, $"Tensor '{tensor.Name}' is stored outside the model file.", path);
        }
    }
}
