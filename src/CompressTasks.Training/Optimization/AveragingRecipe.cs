using System.Text.Json.Serialization;

namespace CompressTasks.Training;

/// <summary>An average over the weights of many steps, which is measured, kept and ended with instead of those of the last step.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AveragingRecipe
{
    /// <summary>Share of an exponential average that stays in each update, where nothing else is said.</summary>
    public const double DefaultDecay = 0.999;

    /// <summary>Averages start after this part of the epochs, where nothing else is said.</summary>
    public const double DefaultStart = 0.75;

    public required AveragingKind Kind { get; init; }

    /// <summary>Of ema: the share of the average that stays in each update, 0 to below 1; null: 0.999. Over the first updates it is less (<see cref="DecayAt"/>).</summary>
    public double? Decay { get; init; }

    /// <summary>Of swa: the first epoch, from 1, whose last weights are averaged; null: after three quarters of the epochs.</summary>
    public int? StartEpoch { get; init; }

    /// <summary>The decay of an update: (1 + n) / (10 + n) where that is less than the recipe's, so that the weights at the start are soon forgotten.</summary>
    /// <param name="updates">Updates before this one.</param>
    public double DecayAt(long updates) => Math.Min(Decay ?? DefaultDecay, (1.0 + updates) / (10.0 + updates));

    /// <summary>The first epoch, from 1, that swa averages.</summary>
    /// <param name="epochs">Of the whole training.</param>
    public int StartOf(int epochs) => StartEpoch ?? Math.Max(1, (int)Math.Ceiling(DefaultStart * epochs));

    /// <exception cref="TrainingException">CMP0120.</exception>
    internal void Validate(int epochs)
    {
        TrainingRecipe.Require(Decay is null || Kind == AveragingKind.Exponential, "averaging.decay", "left out for swa");
        TrainingRecipe.Require(StartEpoch is null || Kind == AveragingKind.Stochastic, "averaging.startEpoch", "left out for ema");
        TrainingRecipe.Require(Decay is null or (>= 0 and < 1), "averaging.decay", "from 0 to below 1");
        TrainingRecipe.Require(StartEpoch is null || (StartEpoch >= 1 && (StartEpoch <= epochs || epochs == 0)), "averaging.startEpoch", "from 1 to the number of epochs");
    }
}

/// <summary>How weights are averaged.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AveragingKind>))]
public enum AveragingKind
{
    /// <summary>Exponentially, after every update, running statistics too (Polyak and Juditsky, 1992).</summary>
    [JsonStringEnumMemberName("ema")]
    Exponential,

    /// <summary>
    /// All alike, after every epoch from some epoch on; batch normalisation's statistics are taken anew for the average (Izmailov et al., "Averaging Weights Leads
    /// to Wider Optima and Better Generalization", 2018).
    /// </summary>
    [JsonStringEnumMemberName("swa")]
    Stochastic,
}
