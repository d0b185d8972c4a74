using System.Text.Json.Serialization;

namespace CompressTasks.Training;

/// <summary>How outputs are compared with labels.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LossKind>))]
public enum LossKind
{
    /// <summary>Minus the logarithm of the right class's probability, of samples or of pixels.</summary>
    [JsonStringEnumMemberName("cross-entropy")]
    CrossEntropy,

    /// <summary>The same for each label or class on its own, as a question of yes or no.</summary>
    [JsonStringEnumMemberName("binary-cross-entropy")]
    BinaryCrossEntropy,

    [JsonStringEnumMemberName("mean-squared-error")]
    MeanSquaredError,

    [JsonStringEnumMemberName("mean-absolute-error")]
    MeanAbsoluteError,

    /// <summary>Half the square of small differences and the size of large ones (Huber, 1964).</summary>
    [JsonStringEnumMemberName("huber")]
    Huber,

    /// <summary>One minus the overlap of each class's pixels (Milletari et al., "V-Net", 2016, without the squares).</summary>
    [JsonStringEnumMemberName("dice")]
    Dice,

    /// <summary>The sum of both.</summary>
    [JsonStringEnumMemberName("cross-entropy-and-dice")]
    CrossEntropyAndDice,
}
