using System.Text.Json;
using System.Text.Json.Serialization;

namespace CompressTasks.Training;

/// <summary>
/// What is done to each sample before the model sees it: images are resized, then cropped, and then each number becomes
/// <c>(stored * Scale - Mean) / Std</c>. The app that uses the model has to do the same.
/// </summary>
/// <param name="Scale">Null: 1/255 for samples stored as bytes, else 1.</param>
/// <param name="Mean">One for all, or one per channel (first axis of a [C, H, W] sample, last one of [H, W, C]); empty: 0.</param>
/// <param name="Std">As <paramref name="Mean"/>, above 0; empty: 1.</param>
public sealed record Preprocessing(float? Scale = null, float[]? Mean = null, float[]? Std = null)
{
    const int LongestSide = 16384;

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>
    /// [height, width] in pixels, or one number for the shorter side; null or empty: images stay as they are. Bilinear with half-pixel
    /// centres, and a wider filter where it shrinks (as Pillow does).
    /// </summary>
    public int[]? Resize { get; init; }

    /// <summary>[height, width] of the middle that is kept, after the resizing; null or empty: all.</summary>
    public int[]? Crop { get; init; }

    /// <summary>Where the channels of stored arrays are; null: the first or last axis, whichever has 1, 3 or 4.</summary>
    public ImageLayout? Layout { get; init; }

    /// <summary>Bytes to [0, 1], everything else as it is stored.</summary>
    public static Preprocessing Default { get; } = new();

    /// <summary>As it was applied to this data: with the scale that was chosen.</summary>
    public Preprocessing AppliedTo(DataSet data) => this with { Scale = ScaleFor(data) };

    /// <summary>For a model's metadata: names as in recipes, what is not set is left out.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>What <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">The text is something else.</exception>
    public static Preprocessing FromJson(string text) => JsonSerializer.Deserialize<Preprocessing>(text, Json) ?? throw new JsonException("it is empty");

    /// <exception cref="TrainingException">CMP0120.</exception>
    public void Validate()
    {
        TrainingRecipe.Require(Scale is null || float.IsFinite(Scale.Value), "scale", "a number");
        TrainingRecipe.Require(Std?.All(value => value > 0) != false, "std", "above 0");
        TrainingRecipe.Require(Resize is null or [] or [_] or [_, _] && Resize?.All(IsSide) != false, "resize", "[height, width] or [shorter side], 1 to 16384");
        TrainingRecipe.Require(Crop is null or [] or [_, _] && Crop?.All(IsSide) != false, "crop", "[height, width], 1 to 16384");
    }

    internal ImageFit? Fit => Resize is null or [] && Crop is null or [] ? null : new ImageFit(Resize ?? [], Crop ?? []);

    internal float ScaleFor(DataSet data) => Scale ?? (data.StoresBytes ? 1f / 255 : 1f);

    static bool IsSide(int length) => length is >= 1 and <= LongestSide;
}

/// <summary>Order of a stored image's axes.</summary>
public enum ImageLayout
{
    /// <summary>[channels, height, width].</summary>
    Nchw,

    /// <summary>[height, width, channels]; turned round before anything else.</summary>
    Nhwc,
}
