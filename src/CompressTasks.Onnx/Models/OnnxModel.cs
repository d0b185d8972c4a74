using CompressTasks.Onnx.Schema;
using Google.Protobuf;

namespace CompressTasks.Onnx;

/// <summary>
/// One ONNX model in memory. The schema's own messages are the nodes, values, initializers and attributes, so that what is
/// not edited is written back as it was read: names, documentation, metadata, unknown fields.
/// </summary>
public sealed class OnnxModel
{
    /// <summary>The operator sets that CompressTasks understands: 7 to the newest of the referenced ONNX Runtime.</summary>
    public const int OldestOpset = 7, NewestOpset = 26;

    public OnnxModel(ModelProto proto, string? path = null)
        : this(proto, path, null)
    {
    }

    internal OnnxModel(ModelProto proto, string? path, long? bytesOnDisk)
    {
        Proto = proto;
        Path = path;
        BytesOnDisk = bytesOnDisk;
    }

    public ModelProto Proto { get; }

    public GraphProto Graph => Proto.Graph;

    /// <summary>Where the model was read from; null for one built in memory.</summary>
    public string? Path { get; }

    /// <summary>
    /// Bytes of the files that the model was read from, those with external data included; null for one built in memory. It stays as it
    /// was when the model is edited: see <see cref="SizeInBytes"/> for what it would take now.
    /// </summary>
    public long? BytesOnDisk { get; }

    /// <summary>
    /// True where weights with many zeros are written in less space (see <see cref="SparseEncoding"/>): for a model that was read from a file
    /// with sparse weights, and one that was pruned weight by weight. In memory all weights are dense.
    /// </summary>
    public bool IsStoredSparse { get; set; }

    /// <summary>The message as it is written to a file.</summary>
    public ModelProto Stored => IsStoredSparse ? SparseEncoding.Encode(Proto, Opset) : Proto;

    /// <summary>Version of the default operator set; 1 where none is imported, as the specification says.</summary>
    public int Opset =>
        (int)Math.Clamp(Proto.OpsetImport.FirstOrDefault(import => import.Domain is "" or "ai.onnx")?.Version ?? 1, int.MinValue, int.MaxValue);

    /// <summary>Reads a model and its external data.</summary>
    /// <exception cref="ModelException">CMP0001 no such file; CMP0002 not a model; CMP0003, CMP0004 the graph breaks a rule; CMP0005
    /// external data out of reach.</exception>
    public static OnnxModel Read(string path) => ModelFile.Read(path);

    /// <summary>Writes the model whole or not at all: to a temporary file beside <paramref name="path"/>, then renamed.</summary>
    /// <returns>Bytes of all files written.</returns>
    /// <exception cref="ModelException">CMP0008 when the target cannot be written.</exception>
    public long Write(string path) => ModelFile.Write(this, path);

    /// <summary>Writes the stored form to a stream, weights included.</summary>
    public void WriteTo(Stream stream) => Stored.WriteTo(stream);

    /// <summary>A deep copy of structure; weights, which are immutable byte strings, are shared until replaced.</summary>
    public OnnxModel Clone() => new(Proto.Clone(), Path, BytesOnDisk) { IsStoredSparse = IsStoredSparse };

    /// <summary>Bytes that the model takes when written to one file.</summary>
    public long SizeInBytes => ModelSize.Of(Stored);
}
