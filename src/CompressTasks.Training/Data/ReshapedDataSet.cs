using System.Text;

namespace CompressTasks.Training;

sealed class ReshapedDataSet(DataSet inner, SampleLayout layout) : DataSetView(inner)
{
    public override long[] SampleShape => layout.Shape;

    protected override ReadOnlySpan<byte> Difference =>
        Encoding.ASCII.GetBytes($"layout {string.Join(',', layout.Axes ?? [])} {string.Join(',', layout.Shape)}");

    public override Batch Read(ReadOnlySpan<int> indices)
    {
        var batch = Inner.Read(indices);
        using var stored = batch.Inputs;
        if (layout.Axes is null) return batch with { Inputs = stored.reshape([indices.Length, .. layout.Shape]) };
        using var permuted = stored.permute([0, .. layout.Axes.Select(axis => (long)axis + 1)]);
        return batch with { Inputs = permuted.contiguous() };
    }
}
