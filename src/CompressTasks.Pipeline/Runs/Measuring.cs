using CompressTasks.Onnx;
using CompressTasks.Profiling;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>The original, measured.</summary>
sealed record Baseline(ModelProfile Profile, EvaluationResult? Validation, EvaluationResult? Test, Measurements Measurements);

/// <summary>Original and candidate, measured side by side.</summary>
sealed record Comparison(ModelReport Before, ModelReport After, RatioReport Ratios, Measurements Measurements);

/// <summary>Measures written models at the request's shapes and threads.</summary>
sealed class Measuring(CompressionSubject subject)
{
    /// <summary>For each measurement of a search.</summary>
    static readonly TimeSpan SearchTime = TimeSpan.FromSeconds(1);

    ProfileOptions Options => new()
    {
        Latency = new LatencyOptions { Shapes = subject.Shapes, Threads = subject.Request.Threads ?? 1, CacheFolder = subject.Request.CacheDirectory, Seed = subject.Request.Seed },
        NodeTimes = false,
    };

    public Baseline Baseline(CancellationToken cancellation)
    {
        // Memory is measured in a process of its own, and only limits relative to it need it before the end.
        var needsMemory = subject.Request.Budgets.Any(budget => budget.Kind == BudgetKind.MaxMemory);
        var profile = ModelProfiler.Measure(subject.Request.Model, Options with { Memory = needsMemory }, cancellation);
        var validation = Evaluate(subject.Request.Model, subject.Validation, cancellation);
        var measurements = Measurements(profile, validation, 1);
        return new Baseline(profile, validation, null, measurements);
    }

    /// <summary>The final measurement. Where nothing but the latency budget is missed, latency is measured twice more and the median counts.</summary>
    public Comparison Compare(string candidate, Baseline baseline, BudgetLimits limits, CancellationToken cancellation)
    {
        var profiles = ModelProfiler.Compare(subject.Request.Model, candidate, Options, cancellation);
        var validation = Evaluate(candidate, subject.Validation, cancellation);
        Measurements Measured(LatencyComparison latency) => Measurements(profiles.Candidate with { Latency = latency.Candidate }, validation, latency.Ratio);
        var latency = RepeatedLatency.Judge(
            new LatencyComparison(profiles.Original.Latency, profiles.Candidate.Latency),
            round => limits.Check(Measured(round)).MissesOnly(BudgetKind.MaxLatency),
            () => LatencyProfiler.Compare(subject.Request.Model, candidate, Options.Latency, cancellation));
        return new Comparison(
            Report(profiles.Original with { Latency = latency.Median.Original }, baseline.Validation, Evaluate(subject.Request.Model, subject.Test, cancellation)),
            Report(profiles.Candidate with { Latency = latency.Median.Candidate }, validation, Evaluate(candidate, subject.Test, cancellation)),
            Ratios(profiles) with { Latency = latency.Median.Ratio, LatencyMin = latency.Median.MinRatio, LatencyRounds = latency.Ratios },
            Measured(latency.Median));
    }

    /// <summary>A candidate's latency as a share of the original's, run beside it; shorter than a final measurement, since many are made.</summary>
    public double LatencyShare(OnnxModel candidate, CancellationToken cancellation) =>
        LatencyProfiler.Compare(subject.Request.Model, ModelSource.FromModel(candidate), Options.Latency with { TimeBudget = SearchTime }, cancellation).Ratio;

    /// <summary>How single layers are timed.</summary>
    public LatencyOptions Timing => Options.Latency;

    /// <summary>A candidate's quality on the validation data, in ONNX Runtime; null where that has no labels.</summary>
    public EvaluationResult? Evaluate(OnnxModel candidate, CancellationToken cancellation) => Evaluate(ModelSource.FromModel(candidate), subject.Validation, cancellation);

    EvaluationResult? Evaluate(ModelSource model, DataSet? data, CancellationToken cancellation) =>
        data is { HasLabels: true } ? RuntimeEvaluation.Measure(model, data, threads: subject.Request.Threads ?? Environment.ProcessorCount, outputs: subject.Outputs, cancellation: cancellation) : null;

    static Measurements Measurements(ModelProfile profile, EvaluationResult? validation, double latencyRatio) => new()
    {
        SizeBytes = profile.SizeBytes,
        LatencyMs = profile.Latency.MedianMs,
        LatencyRatio = latencyRatio,
        Macs = profile.Macs,
        Parameters = profile.NonZeroParameters ?? profile.Parameters,
        MemoryBytes = profile.PeakMemoryBytes,
        Accuracy = validation?.Accuracy,
    };

    public static ModelReport Report(ModelProfile profile, EvaluationResult? validation, EvaluationResult? test) => new(
        profile.SizeBytes, profile.Parameters, profile.Buffers, profile.Macs, profile.Flops, profile.Inputs, profile.Latency, profile.PeakMemoryBytes, validation, test)
    {
        NonZeroParameters = profile.NonZeroParameters,
    };

    public static RatioReport Ratios(ProfileComparison profiles) => new(
        Ratio(profiles.Candidate.SizeBytes, profiles.Original.SizeBytes),
        Ratio(profiles.Candidate.Parameters, profiles.Original.Parameters),
        Ratio(profiles.Candidate.Macs, profiles.Original.Macs),
        profiles.LatencyRatio,
        profiles.LatencyMinRatio,
        profiles.LatencyInBlocks);

    static double Ratio(long part, long whole) => whole == 0 ? 1 : (double)part / whole;
}
