using System.Text.Json;
using System.Text.Json.Serialization;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>The steps that turn the original into a candidate. Read from JSON with the names in camel case; unknown names are refused.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record Recipe
{
    /// <summary>Version of the file's form; 1.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>What is done to each sample before the model sees it; the app has to do the same. Null: bytes are scaled to 0..1.</summary>
    public Preprocessing? Preprocessing { get; init; }

    /// <summary>
    /// Whether the report compares with a small dense network: the same architecture, uniformly narrowed to the same cost, with fresh weights, trained
    /// as long as all stages together. That doubles the time, so the built-in recipe leaves it out. Without training data there is none.
    /// </summary>
    public bool Baseline { get; init; } = true;

    public IReadOnlyList<Stage> Stages { get; init; } = [];

    /// <summary>
    /// The built-in recipe. With data: cut to the budgets by Taylor scores, or by L2 norm where there are no labels, in two steps with
    /// short recovery between them, then distill from the original. Without: one cut by L2 norm, with widths rounded
    /// where a latency budget gains by it.
    /// </summary>
    /// <param name="labels">Of the training data; null where there is none.</param>
    public static Recipe Default(LabelKind? labels) => labels is { } kind
        ? new Recipe
        {
            Baseline = false,
            Stages =
            [
                new PruneStage { Criterion = kind == LabelKind.None ? Criterion.L2 : Criterion.Taylor, Schedule = PruningSchedule.Exponential, Steps = 2, RoundTo = 8 },
                new DistillStage(),
            ],
        }
        : new Recipe { Baseline = false, Stages = [new PruneStage { RoundTo = 0 }] };

    /// <summary>The built-in recipe where a student takes the original's place: it is distilled from the original.</summary>
    public static Recipe OfStudent { get; } = new() { Baseline = false, Stages = [new StudentStage(), new DistillStage()] };
}

/// <summary>One step of a recipe.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "stage")]
[JsonDerivedType(typeof(PruneStage), "prune")]
[JsonDerivedType(typeof(StudentStage), "student")]
[JsonDerivedType(typeof(DistillStage), "distill")]
[JsonDerivedType(typeof(TrainStage), "train")]
public abstract record Stage;

/// <summary>A stage that trains.</summary>
public abstract record TrainingStage : Stage
{
    /// <summary>Where nothing else is said: enough epochs for a cut network to come back, and a weak weight decay, since it has few weights left.</summary>
    static readonly TrainingRecipe Recovery = new() { Epochs = 16, LearningRate = 0.1, Nesterov = true, WeightDecay = 1e-4, Schedule = LearningRateSchedule.OneCycle };

    /// <summary>The stage's name in progress and reports.</summary>
    [JsonIgnore]
    public abstract string Name { get; }

    public TrainingRecipe Training { get; init; } = Recovery;

    /// <summary>Further rounds, each at a lower rate, for as long as the accuracy budget is missed on validation data; 0 to 10.</summary>
    public int ExtraRounds { get; init; } = 1;
}

/// <summary>Trains the cut model to answer as its teacher does, and as the labels say.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DistillStage : TrainingStage
{
    [JsonIgnore]
    public override string Name => "distill";

    public DistillationRecipe Distillation { get; init; } = new();
}

/// <summary>Trains the cut model on the labels alone.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TrainStage : TrainingStage
{
    [JsonIgnore]
    public override string Name => "train";
}
