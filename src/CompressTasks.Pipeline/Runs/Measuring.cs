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
    /// <summary>A candidate has to be this much faster than asked before it is trained, so that noise does not undo the work.</summary>
    const double LatencyMargin = 0.95;

    ProfileOptions Options => new()
    {
        Latency = new LatencyOptions { Shapes = subject.Shapes, Threads = subject.Request.Threads ?? 1, CacheFolder = subject.Request.CacheDirectory, Seed = subject.Request.Seed },
        NodeTimes = false,
    };

    public Baseline Baseline(CancellationToken cancellation)
    {
        var profile = ModelProfiler.Measure(subject.Request.Model, Options, cancellation);
        var validation = Evaluate(subject.Request.Model, subject.Validation, cancellation);
        var measurements = Measurements(profile, validation, 1);
        return new Baseline(profile, validation, null, measurements);
    }

    public Comparison Compare(string candidate, Baseline baseline, CancellationToken cancellation)
    {
        var profiles = ModelProfiler.Compare(subject.Request.Model, candidate, Options, cancellation);
        var validation = Evaluate(candidate, subject.Validation, cancellation);
        var (before, after) = (profiles.Original, profiles.Candidate);
        return new Comparison(
            Report(before, baseline.Validation, Evaluate(subject.Request.Model, subject.Test, cancellation)),
            Report(after, validation, Evaluate(candidate, subject.Test, cancellation)),
            Ratios(profiles),
            Measurements(after, validation, profiles.LatencyRatio));
    }

    /// <summary>Accuracy of a candidate that is not written yet, on validation data.</summary>
    public EvaluationResult? Evaluate(OnnxModel candidate, CancellationToken cancellation) =>
        Evaluate(ModelSource.FromModel(candidate), subject.Validation, cancellation);

    /// <summary>True where the candidate, written and run beside the original, keeps the latency limit with some room.</summary>
    /// <param name="limitMs">The limit, on the scale of the original's <paramref name="originalMs"/>.</param>
    public bool IsFastEnough(OnnxModel candidate, double limitMs, double originalMs, CancellationToken cancellation)
    {
        var comparison = LatencyProfiler.Compare(subject.Request.Model, ModelSource.FromModel(candidate), Options.Latency, cancellation);
        return comparison.Ratio <= LatencyMargin * limitMs / originalMs;
    }

    EvaluationResult? Evaluate(ModelSource model, DataSet? data, CancellationToken cancellation) =>
        data is { HasLabels: true } ? RuntimeEvaluation.Measure(model, data, threads: subject.Request.Threads ?? Environment.ProcessorCount, cancellation: cancellation) : null;

    static Measurements Measurements(ModelProfile profile, EvaluationResult? validation, double latencyRatio) => new()
    {
        SizeBytes = profile.SizeBytes,
        LatencyMs = profile.Latency.MedianMs,
        LatencyRatio = latencyRatio,
        Macs = profile.Macs,
        Parameters = profile.Parameters,
        MemoryBytes = profile.PeakMemoryBytes,
        Accuracy = validation is { Metric: Metric.Accuracy } ? validation.Value : null,
    };

    public static ModelReport Report(ModelProfile profile, EvaluationResult? validation, EvaluationResult? test) => new(
        profile.SizeBytes, profile.Parameters, profile.Buffers, profile.Macs, profile.Flops, profile.Inputs, profile.Latency, profile.PeakMemoryBytes, validation, test);

    public static RatioReport Ratios(ProfileComparison profiles) => new(
        Ratio(profiles.Candidate.SizeBytes, profiles.Original.SizeBytes),
        Ratio(profiles.Candidate.Parameters, profiles.Original.Parameters),
        Ratio(profiles.Candidate.Macs, profiles.Original.Macs),
        profiles.LatencyRatio,
        profiles.LatencyMinRatio);

    static double Ratio(long part, long whole) => whole == 0 ? 1 : (double)part / whole;
}
