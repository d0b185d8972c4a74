using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

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

    public override IReadOnlyList<string>? ClassNames => inner.ClassNames;

    internal override int ReadersAhead => inner.ReadersAhead;

    internal override PixelRange PixelRange => inner.PixelRange;

    public override string ContentHash => Convert.ToHexStringLower(SHA256.HashData([.. Encoding.ASCII.GetBytes(inner.ContentHash), .. Difference]));

    internal override Tensor? ReadLabels(ReadOnlySpan<int> indices) => inner.ReadLabels(indices);

    /// <summary>Bytes that tell this view from another one of the same set.</summary>
    protected abstract ReadOnlySpan<byte> Difference { get; }
}
