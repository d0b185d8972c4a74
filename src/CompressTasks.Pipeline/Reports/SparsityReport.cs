using System.IO.Compression;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Sparsity;

namespace CompressTasks.Pipeline;

/// <summary>What setting weights to zero brought.</summary>
/// <param name="Weights">Weights that multiply.</param>
/// <param name="Kept">Those of them that are not 0.</param>
/// <param name="SizeBytes">The file as written, with weights stored sparse where that is smaller.</param>
/// <param name="ZippedBytes">The same file, compressed by gzip.</param>
/// <param name="DenseBytes">The file with every weight stored.</param>
/// <param name="DenseZippedBytes">That, compressed by gzip.</param>
public sealed record SparsityReport(long Weights, long Kept, long SizeBytes, long ZippedBytes, long DenseBytes, long DenseZippedBytes)
{
    /// <summary>What nobody should expect.</summary>
    public const string Latency = "Zeros make the file smaller, not the network faster: ONNX Runtime on the CPU multiplies by them as by any other number.";

    /// <param name="path">The written file.</param>
    /// <returns>Null where the model is not stored sparse.</returns>
    internal static SparsityReport? Of(OnnxModel model, string path)
    {
        if (!model.IsStoredSparse) return null;
        var matrices = WeightMatrix.Of(model).Select(matrix => matrix.Name).ToHashSet(StringComparer.Ordinal);
        var (weights, kept) = (0L, 0L);
        foreach (var tensor in model.Graph.Initializer.Where(tensor => matrices.Contains(tensor.Name)))
        {
            weights += tensor.ElementCount();
            kept += NonZeros.In(tensor);
        }

        var dense = model.Clone();
        dense.IsStoredSparse = false;
        using var file = File.OpenRead(path);
        return new(weights, kept, file.Length, Zipped(file.CopyTo), dense.SizeInBytes, Zipped(dense.WriteTo));
    }

    static long Zipped(Action<Stream> write)
    {
        using var counted = new MemoryStream();
        using (var zip = new GZipStream(counted, CompressionLevel.Optimal, leaveOpen: true)) write(zip);
        return counted.Length;
    }
}
