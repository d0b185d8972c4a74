using System.Globalization;
using CompressTasks.Onnx.Schema;
using DataLocation = CompressTasks.Onnx.Schema.TensorProto.Types.DataLocation;

namespace CompressTasks.Onnx;

/// <summary>Moves the large initializers of a model that is too big for one protobuf message to a data file.</summary>
static class ExternalDataWriter
{
    const int SmallestMoved = 1024;
    const long Alignment = 4096;

    /// <summary>Bytes of the raw data of the initializers that can be moved.</summary>
    public static long MovableBytes(ModelProto model) => Movable(model).Sum(tensor => (long)tensor.RawData.Length);

    /// <summary>Writes the data and returns a copy of the model that refers to it.</summary>
    /// <param name="model">Stays as it is.</param>
    /// <param name="stream">Where the data goes, from its start.</param>
    /// <param name="location">Name of the data file, relative to the model's folder.</param>
    public static ModelProto Move(ModelProto model, Stream stream, string location)
    {
        var copy = model.Clone();
        foreach (var tensor in Movable(copy))
        {
            var offset = (stream.Position + Alignment - 1) / Alignment * Alignment;
            stream.SetLength(offset);
            stream.Position = offset;
            stream.Write(tensor.RawData.Span);
            Refer(tensor, location, offset, tensor.RawData.Length);
        }

        return copy;
    }

    static IEnumerable<TensorProto> Movable(ModelProto model) =>
        model.Graph.Initializer.Where(tensor => tensor.HasRawData && tensor.RawData.Length >= SmallestMoved);

    static void Refer(TensorProto tensor, string location, long offset, long length)
    {
        tensor.ClearRawData();
        tensor.DataLocation = DataLocation.External;
        tensor.ExternalData.Clear();
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset.ToString(CultureInfo.InvariantCulture) });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = length.ToString(CultureInfo.InvariantCulture) });
    }
}
