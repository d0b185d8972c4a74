using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>An array that is read by its first axis: in memory, in a file, or made on demand.</summary>
abstract class Rows : IDisposable
{
    public abstract int Count { get; }

    /// <summary>Lengths of a row's axes.</summary>
    public abstract long[] RowShape { get; }

    /// <summary>The type of what <see cref="Read"/> returns.</summary>
    public abstract ScalarType Type { get; }

    /// <summary>True where the numbers were stored as unsigned bytes, whatever they have become.</summary>
    public virtual bool StoresBytes => Type == ScalarType.Byte;

    /// <summary>Batches that are worth reading ahead at once; 0 where a read is as quick as can be.</summary>
    public abstract int ReadersAhead { get; }

    /// <summary>The rows with these indices, [n, row shape], in this order, in memory of their own. Safe to call from several threads.</summary>
    /// <exception cref="TrainingException">CMP0402 where the data turns out to be damaged.</exception>
    public abstract Tensor Read(ReadOnlySpan<int> indices);

    public abstract void Dispose();

    /// <summary>All rows in their order, a part at a time; each part is disposed before the next one is read.</summary>
    public IEnumerable<Tensor> Parts(int rowsAtOnce)
    {
        foreach (var indices in BatchPlan.InOrder(Count, rowsAtOnce))
        {
            using var part = Read(indices);
            yield return part;
        }
    }
}

/// <summary>Rows of a tensor in memory, which is owned from now on.</summary>
sealed class MemoryRows : Rows
{
    readonly Tensor values;

    public MemoryRows(Tensor values) => this.values = values.DetachFromDisposeScope();

    public override int Count => (int)values.shape[0];

    public override long[] RowShape => values.shape[1..];

    public override ScalarType Type => values.dtype;

    public override int ReadersAhead => 0;

    public override Tensor Read(ReadOnlySpan<int> indices)
    {
        using var noGradient = no_grad();
        using var index = tensor(indices.ToArray());
        return values.index_select(0, index);
    }

    public override void Dispose() => values.Dispose();
}

/// <summary>The rows of several arrays, one after the other.</summary>
sealed class JoinedRows(IReadOnlyList<Rows> parts) : Rows
{
    public override int Count { get; } = checked(parts.Sum(part => part.Count));

    public override long[] RowShape => parts[0].RowShape;

    public override ScalarType Type => parts[0].Type;

    public override int ReadersAhead => parts.Max(part => part.ReadersAhead);

    public override Tensor Read(ReadOnlySpan<int> indices)
    {
        using var scope = NewDisposeScope();
        var result = empty([indices.Length, .. RowShape], Type);
        for (int part = 0, first = 0; part < parts.Count; first += parts[part].Count, part++)
        {
            var (rows, places) = (new List<int>(), new List<long>());
            for (var i = 0; i < indices.Length; i++)
            {
                if (indices[i] < first || indices[i] - first >= parts[part].Count) continue;
                rows.Add(indices[i] - first);
                places.Add(i);
            }

            if (rows.Count > 0) result.index_copy_(0, tensor(places.ToArray()), parts[part].Read([.. rows]));
        }

        return result.MoveToOuterDisposeScope();
    }

    public override void Dispose()
    {
        foreach (var part in parts) part.Dispose();
    }
}
