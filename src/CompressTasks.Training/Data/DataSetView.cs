using System.Security.Cryptography;
using System.Text;

namespace CompressTasks.Training;

/// <summary>A data set seen another way: what a view does not change comes from the set below.</summary>
abstract class DataSetView(DataSet inner) : DataSet
{
    protected DataSet Inner => inner;

    public override string Source => inner.Source;

    public override int Count => inner.Count;

    public override long[] SampleShape => inner.SampleShape;

    public override bool StoresBytes => inner.StoresBytes;

    public override LabelKind Labels => inner.Labels;

    public override long[] LabelShape => inner.LabelShape;

    public override int? ClassCount => inner.ClassCount;

    public override string ContentHash => Convert.ToHexStringLower(SHA256.HashData([.. Encoding.ASCII.GetBytes(inner.ContentHash), .. Difference]));

    /// <summary>Bytes that tell this view from another one of the same set.</summary>
    protected abstract ReadOnlySpan<byte> Difference { get; }
}
