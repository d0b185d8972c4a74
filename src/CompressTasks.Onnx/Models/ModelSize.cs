using CompressTasks.Onnx.Schema;
using Google.Protobuf;

namespace CompressTasks.Onnx;

/// <summary>The size of a model as one message. Protobuf counts in 32 bits, so the weights of a large model are added apart.</summary>
static class ModelSize
{
    const long SafelyCounted = 1L << 30;

    public static long Of(ModelProto model)
    {
        var movable = ExternalDataWriter.MovableBytes(model);
        if (movable < SafelyCounted) return model.CalculateSize();
        var rest = model.Clone();
        foreach (var tensor in rest.Graph.Initializer) tensor.ClearRawData();
        var small = model.Graph.Initializer.Sum(tensor => (long)tensor.RawData.Length) - movable;
        return rest.CalculateSize() + movable + small + (12L * rest.Graph.Initializer.Count);
    }
}
