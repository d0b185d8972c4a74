using System.Text.Json.Serialization;
using CompressTasks.Pruning.Criteria;

namespace CompressTasks.Pipeline;

/// <summary>The weights that a student starts with.</summary>
public enum StudentWeights
{
    /// <summary>Those of the student's file.</summary>
    Given,

    /// <summary>Drawn from the run's seed, as for a network that has learned nothing.</summary>
    Fresh,

    /// <summary>The original's most important ones that have room in the student.</summary>
    Inherit,

    /// <summary>Every proposal is tried with fresh and with inherited ones.</summary>
    Both,
}

/// <summary>Replaces the original by the student that the request names: a model of the user's, or one that is derived to fit the budgets.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record StudentStage : Stage
{
    const int DefaultTrialEpochs = 2, DefaultSamples = 1024;

    /// <summary>Null: those of the file, or inherited ones for a derived student.</summary>
    public StudentWeights? Weights { get; init; }

    /// <summary>Derived students of different shape that are tried; 1 tries none.</summary>
    public int Proposals { get; init; } = 4;

    /// <summary>Epochs that each of them is trained before the best is taken.</summary>
    public int TrialEpochs { get; init; } = DefaultTrialEpochs;

    /// <summary>What makes weights important enough to inherit; null: Taylor scores with labelled training data, else the L2 norm.</summary>
    public Criterion? Criterion { get; init; }

    /// <summary>Samples that scores are taken over.</summary>
    public int Samples { get; init; } = DefaultSamples;

    /// <summary>Widths of a derived student are multiples of this; 0 chooses: 8 where a latency budget gains by it, else 1.</summary>
    public int RoundTo { get; init; }

    /// <summary>Checks what can be checked without the request.</summary>
    /// <param name="require">Called with each condition and what to say where it does not hold.</param>
    public void Check(Action<bool, string> require)
    {
        require(Proposals is >= 1 and <= 32, "proposals has to be 1 to 32");
        require(TrialEpochs is >= 1 and <= 1000, "trialEpochs has to be 1 to 1000");
        require(Samples >= 1, "samples has to be 1 or more");
        require(RoundTo is >= 0 and <= 1024, "roundTo has to be 0 to 1024");
        require(Criterion is not { } criterion || CriterionTraits.Of(criterion) is { OnUnits: true, Needs: not CriterionNeeds.Training }, "the criterion of a student has to judge channels, without a training of its own");
        require(TrialEpochs == DefaultTrialEpochs || Proposals > 1 || Weights == StudentWeights.Both, "trialEpochs needs several candidates to try: 2 or more proposals, or weights both");
        require(Samples == DefaultSamples || Criterion is not { } chosen || CriterionTraits.Of(chosen).Needs != CriterionNeeds.Nothing, "samples needs a criterion that looks at data");
    }

    /// <summary>The first setting, by its name in a recipe, that is about deriving a student and says nothing of one that is given; null where there is none.</summary>
    internal string? OnlyForDerived()
    {
        var standard = new StudentStage();
        return Proposals != standard.Proposals ? "proposals"
            : TrialEpochs != standard.TrialEpochs ? "trialEpochs"
            : Criterion is not null ? "criterion"
            : Samples != standard.Samples ? "samples"
            : RoundTo != standard.RoundTo ? "roundTo"
            : null;
    }
}
