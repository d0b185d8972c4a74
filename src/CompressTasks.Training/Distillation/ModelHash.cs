using System.Security.Cryptography;
using System.Text;
using CompressTasks.Onnx;
using Google.Protobuf;

namespace CompressTasks.Training;

/// <summary>SHA-256 of what a model computes: nodes, inputs, outputs, weights. Names of files, documentation and metadata do not count.</summary>
static class ModelHash
{
    public static string Of(OnnxModel model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join(' ', model.Proto.OpsetImport)));
        foreach (var part in model.Graph.Node.Cast<IMessage>().Concat(model.Graph.Input).Concat(model.Graph.Output).Concat(model.Proto.Functions)) hash.AppendData(part.ToByteArray());
        foreach (var tensor in model.Graph.Initializer)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name} {tensor.DataType} {tensor.Dims} "));
            hash.AppendData(tensor.Bytes().Span);
        }

        foreach (var tensor in model.Graph.SparseInitializer) hash.AppendData(tensor.ToByteArray());
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
