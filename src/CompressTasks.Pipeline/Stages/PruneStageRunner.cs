using CompressTasks.Onnx;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.SparseLearning;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Cuts a model to its limits, in one step or several, with training in between.</summary>
sealed class PruneStageRunner(PruneStage stage, PruneSetting setting)
{
    /// <summary>Between two cuts, where the recipe says nothing.</summary>
    static readonly TrainingRecipe ShortRecovery = new() { Epochs = 1, LearningRate = 0.02 };

    readonly List<TrainingResult> trainings = [];

    TrainingRecipe Recovery => stage.Recovery ?? ShortRecovery;

    /// <summary>Cuts <paramref name="model"/>, a simplified one, which is left as it is; as deep as possible where the limits are out of reach.</summary>
    /// <exception cref="Pruning.PruningException">CMP0603 data needed; CMP0605 nothing can go.</exception>
    public PruneOutcome Run(OnnxModel model, CancellationToken cancellation)
    {
        var (state, current) = setting.CheckpointPrefix is { } prefix && CutState.Find(prefix) is var (known, cut) ? (known, cut) : (null, model.Clone());
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var step = (state?.Step ?? 0) + 1;
            // By movement, the training before the cut is recovery enough.
            if (step > 1 && setting.Training is not null && stage.Criterion != Criterion.Movement) Train($"recover {step - 1}", Recovery, current, null, cancellation);
            using var movement = stage.Criterion == Criterion.Movement ? Move(step, current, cancellation) : null;
            var planning = new StepPlanning(stage, setting, current, movement?.Sums, cancellation);
            var range = state?.Range ?? RangeOf(planning);
            var limits = LimitsFrom(range.Highest);
            var isTooSlow = range.LowestLatency > LatencyGoal.ClearlyTooSlow * setting.Latency?.Share;
            var isLast = step == stage.Steps || isTooSlow || !planning.Plans.Any(plan => limits.Allow(plan.Everything.Cost));
            var found = isTooSlow ? null : Best(planning, isLast ? limits : Intermediate(range.Highest, limits, step), LatencyAt(step, isLast));
            var (chosen, made) = (found ?? new Choice(planning.Deepest, planning.Deepest.Everything), found?.Model);
            if (stage.SparseLearning is not null && setting.Training is not null && !isTooSlow)
            {
                Learn(step, planning, chosen.Cut, current, cancellation);
                made = chosen.Plan.Make(chosen.Cut, planning.MeansNow(cancellation));
            }

            made ??= chosen.Plan.Make(chosen.Cut, planning.Means);
            var isOutOfReach = found is null && (isTooSlow || IsClearlyAbove(limits, chosen.Cut.Cost, made));
            if (setting.Data is not null) Reestimate(made, cancellation);
            var layers = chosen.Plan.Layers(chosen.Cut);
            state = new CutState(step, chosen.Cut.Cost, range, state is null ? layers : LayerOutcome.Merge(state.Layers, layers));
            current = made;
            Report(step, $"{Share(state.After.Macs, range.Highest.Macs)} of the MACs and {Share(state.After.Parameters, range.Highest.Parameters)} of the parameters stay");
            if (isLast || isOutOfReach) return new PruneOutcome(current, state.After, state.Layers, range, isOutOfReach, trainings, Math.Min(stage.Samples, setting.Data?.Count ?? 0));
            if (setting.CheckpointPrefix is { } path) state.Save(path, current);
        }
    }

    /// <summary>Of the plans' smallest cuts that keep the target the one with most importance left.</summary>
    Choice? Best(StepPlanning planning, CostLimits target, double? latency)
    {
        Choice? best = null;
        foreach (var plan in planning.Plans)
        {
            // Candidates are timed without compensation, which changes no shape.
            Func<Cut, bool>? isFastEnough = latency is { } share ? cut => setting.Latency!.Measure(plan.Make(cut, null)) <= LatencyGoal.FastEnough * share : null;
            // One measurement says whether this plan can be better than the best so far; most cannot, and a search takes many.
            if (best is not null && (plan.DeepestAbove(best.Plan.ImportanceLeft(best.Cut)) is not { } rival || !target.Allow(rival.Cost) || isFastEnough?.Invoke(rival) == false)) continue;
            if (Smallest(planning, plan, target, isFastEnough) is not { } choice) continue;
            if (best is null || plan.ImportanceLeft(choice.Cut) > best.Plan.ImportanceLeft(best.Cut)) best = choice;
        }

        return best;
    }

    /// <summary>
    /// The smallest cut that keeps the target, made. The plan's bytes are a few off, since surgery also adds and removes nodes: where the model
    /// itself is too large, the search is repeated with what it is above the target taken off.
    /// </summary>
    /// <returns>Null where not even the deepest cut keeps it, or is fast enough.</returns>
    static Choice? Smallest(StepPlanning planning, CutPlan plan, CostLimits target, Func<Cut, bool>? isFastEnough)
    {
        var planned = target;
        while (plan.Find(planned, isFastEnough) is { } cut)
        {
            var model = plan.Make(cut, planning.Means);
            if (!(model.SizeInBytes > target.Bytes)) return new Choice(plan, cut, model);
            planned = planned with { Bytes = planned.Bytes - (model.SizeInBytes - target.Bytes) };
        }

        return null;
    }

    /// <summary>Found and said first, so that nobody waits for what cannot be.</summary>
    FeasibleRange RangeOf(StepPlanning planning)
    {
        var (deepest, highest) = (planning.Deepest, planning.Deepest.Nothing.Cost);
        double? latency = setting.Latency is { } goal ? goal.Measure(deepest.Make(deepest.Everything, null)) : null;
        var range = new FeasibleRange(deepest.Everything.Cost, highest, latency);
        Report(1, $"{planning.Description}; in reach: {range}");
        return range;
    }

    CostLimits LimitsFrom(Cost whole)
    {
        if (stage.Sparsity is not { } sparsity) return setting.Limits;
        var macs = (long)(whole.Macs * (1 - sparsity));
        return setting.Limits with { Macs = Math.Min(setting.Limits.Macs ?? long.MaxValue, macs) };
    }

    /// <summary>True where the deepest cut misses a limit by more than noise explains.</summary>
    bool IsClearlyAbove(CostLimits limits, Cost cost, OnnxModel deepest) =>
        !limits.Allow(cost with { Bytes = deepest.SizeInBytes }) || setting.Latency?.Measure(deepest) > LatencyGoal.ClearlyTooSlow * setting.Latency?.Share;

    /// <summary>Where the schedule is after a step, as a cost between the first model's and the limits.</summary>
    internal CostLimits Intermediate(Cost first, CostLimits limits, int step)
    {
        long? Between(long whole, long? target) => target is { } value && value < whole
            ? (long)(whole * stage.Schedule.Left((double)step / stage.Steps, (double)value / whole))
            : target;
        return new CostLimits(Between(first.Macs, limits.Macs), Between(first.Parameters, limits.Parameters), Between(first.Bytes, limits.Bytes));
    }

    /// <summary>The same for latency, as a share of the original's; null where it is no matter.</summary>
    double? LatencyAt(int step, bool isLast) => setting.Latency switch
    {
        null or { Share: >= 1 } when !isLast => null,
        null => null,
        { Share: var share } => isLast ? share : stage.Schedule.Left((double)step / stage.Steps, share),
    };

    MovementRecord? Move(int step, OnnxModel current, CancellationToken cancellation)
    {
        if (setting.Training is null) return null;
        MovementRecord? record = null;
        Train($"movement {step}", Recovery, current, module => record = new MovementRecord(module), cancellation);
        return record;
    }

    void Learn(int step, StepPlanning planning, Cut cut, OnnxModel current, CancellationToken cancellation)
    {
        var (epochs, strength) = (stage.SparseLearning!.Epochs, stage.SparseLearning.Strength);
        GroupRegularizer? regularizer = null;
        Train($"sparse learning {step}", Recovery with { Epochs = epochs, Averaging = null }, current, module => regularizer = new GroupRegularizer(planning.Graph, cut.Removed, module, strength), cancellation);
        regularizer?.Dispose();
    }

    /// <summary>Trains <paramref name="current"/> in place.</summary>
    void Train(string name, TrainingRecipe recipe, OnnxModel current, Func<GraphModule, TrainingConstraint>? constraint, CancellationToken cancellation) =>
        trainings.Add((setting.Training!(name, recipe) with { Constraint = constraint }).Run(current, setting.Data!, null, cancellation));

    void Reestimate(OnnxModel model, CancellationToken cancellation)
    {
        using var module = new GraphModule(model);
        NormalizationReestimation.Run(module, SampleDraw.Batches(setting.Data!, stage.Samples, setting.Seed), cancellation);
        module.WriteBack();
    }

    void Report(int step, string message) => setting.Progress?.Report(new ProgressEvent("prune", message, (double)(step - 1) / stage.Steps));

    static string Share(long part, long whole) => Quantity.Percentage(whole == 0 ? 1 : (double)part / whole);

    sealed record Choice(CutPlan Plan, Cut Cut, OnnxModel? Model = null);
}
