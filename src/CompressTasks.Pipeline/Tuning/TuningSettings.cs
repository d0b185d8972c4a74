using System.Text.Json.Serialization;
using CompressTasks.Training;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline;

/// <summary>Who suggests configurations; docs/tuning.md tells when to take which.</summary>
public enum SamplerKind
{
    Auto,

    [JsonStringEnumMemberName("gp")]
    GaussianProcess,

    Tpe,

    [JsonStringEnumMemberName("cmaes")]
    CmaEs,

    Grid,

    Random,

    RandomZoom,

    Sobol,
}

/// <summary>When a trial is stopped before its training is over.</summary>
public enum StoppingKind
{
    /// <summary>Worse than half of the newest complete trials were at the same epoch.</summary>
    Median,

    /// <summary>Asynchronous successive halving: one of three goes on at epochs 1, 3, 9 ...</summary>
    Asha,

    Hyperband,

    None,
}

/// <summary>How recipes are tuned.</summary>
public sealed record TuningSettings
{
    /// <summary>Trials of the study, those of earlier runs and other workers counted in.</summary>
    public int Trials { get; init; } = 30;

    /// <summary>No trial begins later; those that run are still finished. Null: no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    public SamplerKind Sampler { get; init; }

    public StoppingKind Stopping { get; init; }

    /// <summary>The error is that of cross-validation over so many parts of the training data, 2 or more; null: the validation data's.</summary>
    public int? Folds { get; init; }

    /// <summary>Trials at a time in this process.</summary>
    public int Parallel { get; init; } = 1;

    /// <summary>A SQLite file or postgres://...; null: a file in the output folder.</summary>
    public string? Storage { get; init; }

    /// <summary>The study's name in the storage; null: made of model, data, budgets and what the recipe fixes.</summary>
    public string? Study { get; init; }

    /// <summary>Threads of the process, which trials share where the request does not say how many each gets.</summary>
    internal int AvailableThreads { get; init; } = TorchThreads.Default;

    /// <param name="asked">By the request, which is what each trial gets.</param>
    internal int ThreadsPerTrial(int? asked) => asked ?? Math.Max(1, AvailableThreads / Parallel);

    /// <summary>For what is trained when no trial runs any more.</summary>
    internal int ThreadsAlone(int? asked) => asked ?? AvailableThreads;

    internal ISampler MakeSampler() => Sampler switch
    {
        SamplerKind.GaussianProcess => new GaussianProcessSampler(),
        SamplerKind.Tpe => new TpeSampler(),
        SamplerKind.CmaEs => new CmaEsSampler(),
        SamplerKind.Grid => new GridSampler(),
        SamplerKind.Random => new RandomSampler(),
        SamplerKind.RandomZoom => new RandomSampler { Zooming = true },
        SamplerKind.Sobol => new SobolSampler(),
        _ => new AutoSampler(),
    };

    /// <param name="steps">Reports of a trial that is not stopped.</param>
    internal IStoppingRule? MakeRule(int steps) => Stopping switch
    {
        StoppingKind.Median => new MedianRule { WarmupSteps = Math.Max(1, steps * 3 / 20) },
        StoppingKind.Asha => new SuccessiveHalvingRule { MinimalSteps = 1, Reduction = 3 },
        StoppingKind.Hyperband => new HyperbandRule { MinimalSteps = 1, MaximalSteps = Math.Max(2, steps) },
        _ => null,
    };
}
