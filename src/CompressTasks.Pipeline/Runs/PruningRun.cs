using CompressTasks.Onnx;
using CompressTasks.Profiling;
using CompressTasks.Pruning.Planning;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>What <c>compress prune</c> asks for.</summary>
public sealed record PruningRequest
{
    public required string Model { get; init; }

    /// <summary>The file to write.</summary>
    public required string Output { get; init; }

    /// <summary>Cost budgets: MACs, FLOPs, parameters, size, latency.</summary>
    public required IReadOnlyList<Budget> Budgets { get; init; }

    public required PruneStage Stage { get; init; }

    /// <summary>Labelled data for scores, channel means and statistics; null to work on the weights alone.</summary>
    public string? Data { get; init; }

    /// <summary>What is done to the samples before the model sees them.</summary>
    public Preprocessing Preprocessing { get; init; } = Preprocessing.Default;

    public int Seed { get; init; } = 1;

    public IReadOnlyDictionary<string, long[]> Shapes { get; init; } = new Dictionary<string, long[]>();

    public required string CacheDirectory { get; init; }
}

/// <summary>What <c>compress prune</c> prints.</summary>
/// <param name="Asked">The limits, by budget.</param>
/// <param name="Achieved">What the written file has, by budget.</param>
/// <param name="Lowest">What the deepest cut would have reached.</param>
public sealed record PruningReport(
    string Model,
    string Output,
    ModelReport Before,
    ModelReport After,
    RatioReport Ratios,
    IReadOnlyDictionary<string, double> Asked,
    IReadOnlyDictionary<string, double> Achieved,
    Cost Lowest,
    IReadOnlyList<LayerOutcome> Layers)
{
    /// <summary>Null where no weight was set to zero.</summary>
    public SparsityReport? Sparsity { get; init; }
}

/// <summary>Cuts a model to cost budgets and writes it, without training.</summary>
public static class PruningRun
{
    /// <summary>Pruning takes a second or two, so measuring its result must not take much longer.</summary>
    static readonly TimeSpan MeasuringTime = TimeSpan.FromSeconds(0.5);

    /// <summary>A latency budget is worth more of it.</summary>
    static readonly TimeSpan BudgetTime = TimeSpan.FromSeconds(5);

    /// <exception cref="CompressException">CMP0203 budgets that cannot be kept, with the numbers of the deepest cut; CMP06xx a model that cannot be cut. Nothing is written then.</exception>
    public static PruningReport Execute(PruningRequest request, IProgress<ProgressEvent>? progress, CancellationToken cancellation)
    {
        ZerosCheck.Check([request.Stage], request.Budgets, request.Model);
        if (request.Data is not null || request.Stage.Granularity.IsMasked) TorchLibrary.EnsureLoaded();
        using var subject = CompressionSubject.Open(new CompressionRequest
        {
            Model = request.Model,
            OutputDirectory = ".",
            CacheDirectory = request.CacheDirectory,
            TrainingData = request.Data,
            Shapes = request.Shapes,
            Seed = request.Seed,
        }, request.Preprocessing);
        var cost = CostModel.Count(subject.Original, ShapeInference.Infer(subject.Original, subject.Shapes));
        var measuring = new Measuring(subject);
        var needsLatency = request.Budgets.Any(budget => budget.Kind == BudgetKind.MaxLatency);
        var original = needsLatency ? LatencyProfiler.Measure(request.Model, measuring.Timing, cancellation).MedianMs : (double?)null;
        var limits = BudgetLimits.Resolve(request.Budgets, new Measurements { Macs = cost.Macs, Parameters = cost.Parameters, SizeBytes = subject.Written.BytesOnDisk, LatencyMs = original, LatencyRatio = 1 });
        var outcome = PruneOutcome.Of(request.Stage, new PruneSetting
        {
            Shapes = subject.Shapes,
            Limits = new CostLimits((long?)limits.MaxMacs, (long?)limits.Of(BudgetKind.MaxParameters), (long?)limits.Of(BudgetKind.MaxSize)),
            Latency = original is { } ms ? new LatencyGoal(limits.Of(BudgetKind.MaxLatency)!.Value / ms, candidate => measuring.LatencyShare(candidate, cancellation)) : null,
            Timing = measuring.Timing,
            Data = subject.Training,
            Outputs = subject.Outputs,
            Seed = request.Seed,
            MeasurementFolder = request.CacheDirectory,
            Progress = progress,
        }, subject.Original, cancellation);
        return Finish(request, subject, limits, outcome, progress, cancellation);
    }

    /// <summary>Writes beside the target, checks what was written, and only then puts it in place.</summary>
    static PruningReport Finish(PruningRequest request, CompressionSubject subject, BudgetLimits limits, PruneOutcome outcome, IProgress<ProgressEvent>? progress, CancellationToken cancellation)
    {
        progress?.Report(new ProgressEvent("verify", "running the cut model in ONNX Runtime"));
        var temporary = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(request.Output))!, $".{Guid.NewGuid():N}.onnx");
        try
        {
            outcome.Model.Write(temporary);
            ModelVerification.CheckInterface(temporary, subject.Written);
            var options = new ProfileOptions
            {
                Latency = new LatencyOptions { Shapes = subject.Shapes, TimeBudget = limits.Of(BudgetKind.MaxLatency) is null ? MeasuringTime : BudgetTime, CacheFolder = request.CacheDirectory },
                Memory = false,
                NodeTimes = false,
            };
            var profiles = ModelProfiler.Compare(request.Model, temporary, options, cancellation);
            if (profiles.Candidate.Macs != outcome.After.Macs || profiles.Candidate.Parameters != outcome.After.Parameters)
            {
                throw new Pruning.PruningException(
                    Pruning.PruningException.Inconsistent,
                    FormattableString.Invariant($"The written model has {profiles.Candidate.Macs} MACs and {profiles.Candidate.Parameters} parameters, planned were {outcome.After.Macs} and {outcome.After.Parameters}."),
                    request.Model,
                    "This is a defect of CompressTasks: please report it with the model.");
            }

            BudgetCheck Check(LatencyComparison measured) => limits.Check(new Measurements
            {
                Macs = profiles.Candidate.Macs,
                Parameters = profiles.Candidate.NonZeroParameters ?? profiles.Candidate.Parameters,
                SizeBytes = profiles.Candidate.SizeBytes,
                LatencyMs = measured.Candidate.MedianMs,
                LatencyRatio = measured.Ratio,
            });
            var latency = RepeatedLatency.Judge(
                new LatencyComparison(profiles.Original.Latency, profiles.Candidate.Latency),
                round => Check(round).MissesOnly(BudgetKind.MaxLatency),
                () => LatencyProfiler.Compare(request.Model, temporary, options.Latency, cancellation));
            var check = Check(latency.Median);
            if (!check.AllMet) throw check.NotMet(request.Model, "Raise the budget that is missed, round widths less, or start from a smaller network.");
            Place(temporary, request.Output);
            return new PruningReport(
                request.Model,
                request.Output,
                Measuring.Report(profiles.Original with { Latency = latency.Median.Original }, null, null),
                Measuring.Report(profiles.Candidate with { Latency = latency.Median.Candidate }, null, null),
                Measuring.Ratios(profiles) with { Latency = latency.Median.Ratio, LatencyMin = latency.Median.MinRatio, LatencyRounds = latency.Ratios.Count > 1 ? latency.Ratios : null },
                check.Results.ToDictionary(result => result.Limit.Budget.Kind.ToString(), result => result.Limit.Limit),
                check.Results.ToDictionary(result => result.Limit.Budget.Kind.ToString(), result => result.Measured),
                outcome.Range.Lowest,
                outcome.Layers)
            {
                Sparsity = SparsityReport.Of(outcome.Model, request.Output),
            };
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }

    static void Place(string temporary, string target)
    {
        try
        {
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(ModelException.NotWritten, $"The model '{target}' cannot be written: {exception.Message}", target, "Choose another file.", exception);
        }
    }
}
