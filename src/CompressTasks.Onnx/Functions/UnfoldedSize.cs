namespace CompressTasks.Onnx;

/// <summary>How much unfolding functions has copied, so that a small file cannot ask for more than memory holds.</summary>
sealed class UnfoldedSize(string? file)
{
    /// <summary>Far more than any exporter's functions; graphs that calls hand on may double at every level.</summary>
    const long MostBytes = 64L << 20;

    long bytes;

    /// <exception cref="ModelException">CMP0003 once it is too much.</exception>
    public void Add(long copied)
    {
        bytes += copied;
        if (bytes > MostBytes) throw new ModelException(ModelException.InvalidGraph, "The model's functions unfold to more than 64 MiB.", file);
    }
}
