using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Reads batches ahead of their use on other threads: as many at once as the data set asks for, and never more in memory.</summary>
static class ReadAhead
{
    /// <summary>
    /// The batches in the order of <paramref name="indices"/>, which whoever enumerates owns. What went wrong in reading one comes up
    /// where that batch would have.
    /// </summary>
    public static IEnumerable<(int[] Indices, Batch Batch)> Of(DataSet data, IEnumerable<int[]> indices)
    {
        var pending = new Queue<(int[] Indices, Task<Batch> Read)>();
        using var next = indices.GetEnumerator();
        try
        {
            while (true)
            {
                while (pending.Count <= data.ReadersAhead && next.MoveNext()) pending.Enqueue((next.Current, Start(data, next.Current)));
                if (!pending.TryDequeue(out var first)) yield break;
                yield return (first.Indices, first.Read.GetAwaiter().GetResult());
            }
        }
        finally
        {
            foreach (var (_, read) in pending)
            {
                // A read cannot be stopped half-way, and the files must not be closed under it.
                ((IAsyncResult)read).AsyncWaitHandle.WaitOne();
                if (read.IsCompletedSuccessfully) read.Result.Dispose();
            }
        }
    }

    static Task<Batch> Start(DataSet data, int[] indices) =>
        data.ReadersAhead == 0 ? Task.FromResult(Read(data, indices)) : Task.Run(() => Read(data, indices));

    static Batch Read(DataSet data, int[] indices)
    {
        using var scope = NewDisposeScope();
        var (inputs, labels) = data.Read(indices);
        return new(inputs.DetachFromDisposeScope(), labels?.DetachFromDisposeScope());
    }
}
