using System.Text.Json.Serialization;

namespace CompressTasks.Training;

/// <summary>How the learning rate goes over a training run.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LearningRateSchedule>))]
public enum LearningRateSchedule
{
    /// <summary>Half a cosine from the rate to 0 (Loshchilov and Hutter, "SGDR", 2017, without restarts).</summary>
    [JsonStringEnumMemberName("cosine")]
    Cosine,

    /// <summary>Up from a 25th of the rate over the first 30 % and down to almost 0 (Smith and Topin, "Super-Convergence", 2018).</summary>
    [JsonStringEnumMemberName("one-cycle")]
    OneCycle,

    [JsonStringEnumMemberName("constant")]
    Constant,

    /// <summary>A tenth after half of the run and a hundredth after three quarters (He et al., "Deep Residual Learning", 2016).</summary>
    [JsonStringEnumMemberName("step")]
    Step,

    /// <summary>Constant, and lower each time that the validation result has not become better for some epochs.</summary>
    [JsonStringEnumMemberName("plateau")]
    Plateau,
}
