using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>SHA-256 of tensors by type, shape and content.</summary>
static class TensorHash
{
    public static string Of(string name, params ReadOnlySpan<Tensor?> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(name));
        foreach (var tensor in tensors)
        {
            if (tensor is null) continue;
            using var plain = tensor.cpu().contiguous();
            hash.AppendData(Encoding.ASCII.GetBytes($"{tensor.dtype} {DataSet.Text(tensor.shape)} "));
            hash.AppendData(plain.bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
