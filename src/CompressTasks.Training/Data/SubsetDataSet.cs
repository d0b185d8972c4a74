using System.Runtime.InteropServices;

namespace CompressTasks.Training;

sealed class SubsetDataSet(DataSet inner, int[] rows) : DataSetView(inner)
{
    public override int Count => rows.Length;

    protected override ReadOnlySpan<byte> Difference => MemoryMarshal.AsBytes<int>(rows);

    public override Batch Read(ReadOnlySpan<int> indices)
    {
        var chosen = new int[indices.Length];
        for (var i = 0; i < chosen.Length; i++) chosen[i] = rows[indices[i]];
        return Inner.Read(chosen);
    }
}
