namespace CompressTasks.Training;

/// <summary>
/// What is done to each number of a sample before the model sees it: <c>(stored * Scale - Mean) / Std</c>. The app that uses
/// the model has to do the same.
/// </summary>
/// <param name="Scale">Null: 1/255 for samples stored as bytes, else 1.</param>
/// <param name="Mean">One for all, or one per channel (first axis of a [C, H, W] sample, last one of [H, W, C]); empty: 0.</param>
/// <param name="Std">As <paramref name="Mean"/>, above 0; empty: 1.</param>
public sealed record Preprocessing(float? Scale = null, float[]? Mean = null, float[]? Std = null)
{
    /// <summary>Bytes to [0, 1], everything else as it is stored.</summary>
    public static Preprocessing Default { get; } = new();

    internal float ScaleFor(DataSet data) => Scale ?? (data.StoresBytes ? 1f / 255 : 1f);
}
