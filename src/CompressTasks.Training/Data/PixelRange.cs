namespace CompressTasks.Training;

/// <summary>What black and white are in a batch, for all channels or for each.</summary>
sealed record PixelRange(float[] Black, float[] White)
{
    public static PixelRange Stored(bool asBytes) => new([0], [asBytes ? 255 : 1]);
}
