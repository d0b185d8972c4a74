using CompressTasks.Pruning.Granularities;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>Masks in which every row of a layer's matrices keeps as much.</summary>
static class RowMasks
{
    /// <param name="scores">[groups, rows, columns].</param>
    /// <returns>Bool [groups, rows, columns], true stays.</returns>
    public static Tensor Of(LinearLayer layer, Tensor scores, double density, PruningGrain grain)
    {
        if (grain.Granularity != Granularity.Pattern) return Largest(scores, (long)Math.Round(density * layer.Columns));
        var parts = new List<Tensor>();
        long start = 0;
        foreach (var length in Runs(layer, grain.Second))
        {
            parts.Add(Largest(scores.slice(2, start, start + length, 1), grain.First));
            start += length;
        }

        return cat(parts, 2);
    }

    /// <summary>The largest of each row.</summary>
    public static Tensor Largest(Tensor scores, long count)
    {
        var mask = zeros_like(scores, @bool);
        var chosen = scores.topk((int)Math.Min(count, scores.shape[2]), 2).indexes;
        return mask.scatter_(2, chosen, ones_like(chosen, @bool));
    }

    /// <summary>Lengths of the runs of columns of which a pattern keeps N: M channels of a tap; what is left over at a tap's end is a shorter run.</summary>
    public static IEnumerable<long> Runs(LinearLayer layer, long length) =>
        Enumerable.Repeat(0, (int)(layer.Columns / layer.ChannelsPerGroup)).SelectMany(_ => Cut(layer.ChannelsPerGroup, length));

    /// <summary>A length in steps, the last one shorter.</summary>
    public static IEnumerable<long> Cut(long length, long step)
    {
        for (long start = 0; start < length; start += step) yield return Math.Min(step, length - start);
    }
}
