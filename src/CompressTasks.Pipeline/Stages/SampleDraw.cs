using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Batches of a few randomly drawn samples, for gradients and statistics.</summary>
static class SampleDraw
{
    const int BatchSize = 64;

    /// <summary>The same samples for the same seed; whoever enumerates owns the batches.</summary>
    public static IEnumerable<Batch> Batches(DataSet data, int samples, int seed)
    {
        var order = Enumerable.Range(0, data.Count).ToArray();
        new Random(seed).Shuffle(order);
        foreach (var indices in order.Take(samples).Chunk(BatchSize)) yield return data.Read(indices);
    }
}
