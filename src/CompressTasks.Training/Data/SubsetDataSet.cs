using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <param name="ownsInner">True to dispose the set below with this one.</param>
sealed class SubsetDataSet(DataSet inner, int[] rows, bool ownsInner = false) : DataSetView(inner)
{
    public override int Count => rows.Length;

    protected override ReadOnlySpan<byte> Difference => MemoryMarshal.AsBytes<int>(rows);

    public override Batch Read(ReadOnlySpan<int> indices) => Inner.Read(Chosen(indices));

    internal override Tensor? ReadLabels(ReadOnlySpan<int> indices) => Inner.ReadLabels(Chosen(indices));

    protected override void Dispose(bool disposing)
    {
        if (disposing && ownsInner) Inner.Dispose();
        base.Dispose(disposing);
    }

    int[] Chosen(ReadOnlySpan<int> indices)
    {
        var chosen = new int[indices.Length];
        for (var i = 0; i < chosen.Length; i++) chosen[i] = rows[indices[i]];
        return chosen;
    }
}
