using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>
/// Means of x x^T and of x over what a layer multiplies: all that is needed of the data to know by how much its outputs change, squared,
/// with any change of its weights. Summed in float64 (float32 on devices that have no float64).
/// </summary>
public sealed class SecondMoments : IDisposable
{
    readonly Tensor products, sums;

    SecondMoments(LinearLayer layer, Device device)
    {
        Layer = layer;
        var type = device.type == DeviceType.MPS ? float32 : float64;
        products = zeros([layer.Groups, layer.Columns, layer.Columns], type, device).DetachFromDisposeScope();
        sums = zeros([layer.Groups, layer.Columns], type, device).DetachFromDisposeScope();
    }

    public LinearLayer Layer { get; }

    /// <summary>Vectors seen: samples, times the positions of a convolution or the rows of a matrix.</summary>
    public long Count { get; private set; }

    /// <summary>Mean of x x^T, [groups, columns, columns], in the caller's dispose scope.</summary>
    public Tensor Raw() => products / Math.Max(1, Count);

    /// <summary>Mean of x, [groups, columns], in the caller's dispose scope.</summary>
    public Tensor Mean() => sums / Math.Max(1, Count);

    /// <summary>The covariance of x, which is what counts where a bias can make good for a constant change.</summary>
    public Tensor Central()
    {
        using var scope = NewDisposeScope();
        var mean = Mean();
        return (Raw() - (mean.unsqueeze(2) * mean.unsqueeze(1))).MoveToOuterDisposeScope();
    }

    /// <summary>Bytes that the moments of a layer take.</summary>
    public static long Bytes(LinearLayer layer) => layer.Groups * layer.Columns * layer.Columns * sizeof(double);

    /// <summary>
    /// One pass over data for all layers at once. Layers that share a weight, and see it alike, share their moments, under the first one.
    /// </summary>
    /// <param name="batches">Batches of inputs, labels unused; each is disposed after use.</param>
    /// <returns>By the weight's name; the caller's to dispose.</returns>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public static IReadOnlyDictionary<string, SecondMoments> Collect(
        GraphModule module, IEnumerable<LinearLayer> layers, IEnumerable<Batch> batches, CancellationToken cancellation = default)
    {
        LinearLayer[] all = [.. layers];
        var moments = all.GroupBy(layer => layer.Weight).ToDictionary(
            uses => uses.Key, uses => new SecondMoments(uses.First(), module.Weights[uses.Key].device), StringComparer.Ordinal);
        try
        {
            LayerInputs.Visit(module, all, batches, (layer, vectors) => moments[layer.Weight].Add(vectors), cancellation);
            return moments;
        }
        catch
        {
            foreach (var each in moments.Values) each.Dispose();
            throw;
        }
    }

    /// <summary>The layers in parts whose moments together take no more than this; one that takes more is a part of its own.</summary>
    public static IEnumerable<IReadOnlyList<LinearLayer>> Parts(IEnumerable<LinearLayer> layers, long bytes)
    {
        var part = new List<LinearLayer>();
        var size = 0L;
        // Layers that share a weight stay together.
        foreach (var uses in layers.GroupBy(layer => layer.Weight))
        {
            var added = Bytes(uses.First());
            if (part.Count > 0 && size + added > bytes)
            {
                yield return part;
                (part, size) = ([], 0);
            }

            part.AddRange(uses);
            size += added;
        }

        if (part.Count > 0) yield return part;
    }

    public void Dispose()
    {
        products.Dispose();
        sums.Dispose();
    }

    void Add(Tensor part)
    {
        var vectors = part.to(products.dtype);
        products.add_(vectors.transpose(1, 2).bmm(vectors));
        sums.add_(vectors.sum(1));
        Count += part.shape[1];
    }
}
