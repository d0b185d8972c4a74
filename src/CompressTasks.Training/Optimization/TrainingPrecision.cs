using System.Text.Json.Serialization;

namespace CompressTasks.Training;

/// <summary>In what convolutions and matrix products are computed while a network trains; weights and everything else stay float32.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TrainingPrecision>))]
public enum TrainingPrecision
{
    [JsonStringEnumMemberName("float32")]
    Float32,

    /// <summary>8 bits of precision with float32's range. Faster where the processor multiplies them itself (AVX-512 BF16, AMX, GPUs), slower elsewhere.</summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,

    /// <summary>Refused: its range is too small for gradients without scaling the loss, and bfloat16 needs no scaling.</summary>
    [JsonStringEnumMemberName("float16")]
    Float16,
}
