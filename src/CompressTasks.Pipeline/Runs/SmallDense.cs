using System.Diagnostics;
using CompressTasks.Onnx;
using CompressTasks.Profiling;
using CompressTasks.Pruning;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Surgery;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>
/// What a pruned network has to be compared with: the same architecture, every layer narrowed by the same share to the same cost, with fresh
/// weights, trained by the last training stage's recipe for as many epochs as all stages together.
/// </summary>
/// <param name="threads">That it trains with, and that what lies in the work folder is computed with.</param>
sealed class SmallDense(CompressionSubject subject, Recipe recipe, string workFolder, int threads)
{
    public IProgress<ProgressEvent>? Progress { get; init; }

    /// <returns>Null where no stage trained, or uniform narrowing does not reach the candidate's cost.</returns>
    public DenseBaselineReport? Run(OnnxModel candidate, StageOutcome outcome, CancellationToken cancellation)
    {
        var epochs = outcome.Stages.Sum(stage => stage.TrainedEpochs + (stage.History?.Count ?? 0));
        if (subject.Training is null || recipe.Stages.OfType<TrainingStage>().LastOrDefault() is not { } stage || epochs == 0) return null;
        if (Narrowed(candidate) is not { } model) return null;
        var clock = Stopwatch.StartNew();
        TorchThreads.Use(threads);
        FreshWeights.Apply(model, subject.Request.Seed);
        Provenance.Describe(model, recipe);
        var training = stage.Training with
        {
            Epochs = epochs,
            Seed = subject.Request.Seed + stage.Training.Seed - 1,
            // Fresh weights have all to be learnt, and an epoch to average from belongs to the stage's own number of them.
            Frozen = [],
            Averaging = stage.Training.Averaging is { } averaging ? averaging with { StartEpoch = null } : null,
        };
        new TrainStageRunner("small dense", training, subject.Outputs)
        {
            Teaching = stage is DistillStage distill ? (subject.Teachers, distill.Distillation) : null,
            Answers = TeacherFile.AnswersIn(subject.Request.CacheDirectory),
            CheckpointPath = Path.Combine(workFolder, "small-dense.checkpoint"),
            TimeLimit = subject.Request.TimeLimit,
            Progress = Progress,
        }.Run(model, subject.Training, subject.Validation, cancellation);
        var cost = Count(model);
        return new DenseBaselineReport(
            cost.Macs, cost.Parameters, cost.Bytes, epochs, clock.Elapsed.TotalSeconds, Evaluate(model, subject.Validation, cancellation), Evaluate(model, subject.Test, cancellation))
        {
            Threads = threads,
        };
    }

    OnnxModel? Narrowed(OnnxModel candidate)
    {
        var graph = CouplingGraph.Build(subject.Original, ShapeInference.Infer(subject.Original, subject.Shapes), allowInexact: true);
        var search = new CutSearch(graph, new UnitSelection(graph, RandomCriterion.Score(graph, subject.Request.Seed), Distribution.Uniform));
        var limits = candidate.IsStoredSparse ? LimitsOfSparse(candidate) : LimitsOf(Count(candidate));
        if (search.CanReach(limits)) return ModelSurgery.Remove(graph, search.Find(limits).Removed);
        Progress?.Report(new ProgressEvent("small dense", "left out: uniform narrowing does not reach the candidate's cost"));
        return null;
    }

    /// <summary>Of weights that are set to zero only those count that are not: a dense network of as many weights, and of no larger a file where size is limited.</summary>
    CostLimits LimitsOfSparse(OnnxModel candidate) => new(null, NonZeros.Parameters(candidate), subject.Request.Budgets.Any(budget => budget.Kind == BudgetKind.MaxSize) ? candidate.SizeInBytes : null);

    /// <summary>The same cost is that of the budgets: size and parameters where they are limited, MACs otherwise.</summary>
    CostLimits LimitsOf(Cost cost)
    {
        bool Has(params BudgetKind[] kinds) => subject.Request.Budgets.Any(budget => kinds.Contains(budget.Kind));
        var bytes = Has(BudgetKind.MaxSize) ? cost.Bytes : (long?)null;
        var parameters = Has(BudgetKind.MaxParameters) ? cost.Parameters : (long?)null;
        var needsMacs = Has(BudgetKind.MaxMacs, BudgetKind.MaxFlops, BudgetKind.MaxLatency) || (bytes ?? parameters) is null;
        return new CostLimits(needsMacs ? cost.Macs : null, parameters, bytes);
    }

    Cost Count(OnnxModel model)
    {
        var counted = CostModel.Count(model, ShapeInference.Infer(model, subject.Shapes));
        return new Cost(counted.Macs, counted.Parameters, model.SizeInBytes);
    }

    EvaluationResult? Evaluate(OnnxModel model, DataSet? data, CancellationToken cancellation) => data is { HasLabels: true }
        ? RuntimeEvaluation.Measure(ModelSource.FromModel(model), data, threads: subject.Request.Threads ?? Environment.ProcessorCount, outputs: subject.Outputs, cancellation: cancellation)
        : null;
}
