using CompressTasks.Onnx;
using CompressTasks.Pruning;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Reconstruction;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pipeline;

/// <summary>Sets weights to zero, at once or while the network trains.</summary>
sealed class SparsifyStageRunner(PruneStage stage, PruneSetting setting)
{
    /// <summary>A training without a recipe has one epoch per step, and no more than this.</summary>
    const int MostShortEpochs = 10;

    bool Moves => stage.Regrowth is Regrowth.Random or Regrowth.Gradient;

    bool Trains => Moves || stage.Schedule != PruningSchedule.OneShot;

    TrainingRecipe Recovery => stage.Recovery ?? new TrainingRecipe { Epochs = Math.Min(stage.Steps, MostShortEpochs), LearningRate = 0.02 };

    /// <summary>Prunes <paramref name="model"/>, a simplified one, which is left as it is.</summary>
    /// <exception cref="PruningException">CMP0603 data needed; CMP0605 there is nothing to prune.</exception>
    /// <exception cref="RecipeException">CMP0112 without training data, where the stage trains; without a sparsity or a budget that says one.</exception>
    public PruneOutcome Run(OnnxModel model, CancellationToken cancellation)
    {
        if (Trains && setting.Training is null)
        {
            throw new RecipeException(RecipeException.Incomplete, "A stage that sets weights to zero in several steps, or lets them come back, trains, and there is no training data.", hint: "Set TrainingData (--train) and run the recipe, or use the schedule one-shot.");
        }

        var current = model.Clone();
        current.IsStoredSparse = true;
        if (stage.Start == StartingWeights.Scratch) FreshWeights.Apply(current, setting.Seed);
        using var module = new GraphModule(current);
        var plan = PlanFor(current);
        using var masks = WeightMasks.Full(module, plan.Matrices.Select(matrix => matrix.Name));
        using var scores = new MaskScores(stage, setting, plan, module);
        if (stage.Distribution == Distribution.Sensitivity) plan = plan with { Curves = Curves(module, plan, scores, cancellation) };
        var search = new DensitySearch(current, module, plan, setting.Limits, isTrained: Trains);
        var range = new FeasibleRange(CostOf(search.Emptiest()), CostOf(current));
        setting.Progress?.Report(new ProgressEvent("prune", $"{plan.Matrices.Sum(matrix => matrix.Elements)} weights in {plan.Matrices.Count} layers; in reach: {range}"));
        var (density, isOutOfReach) = Density(plan, search, scores, cancellation);
        var trainings = Prune(module, plan, masks, scores, density, cancellation);
        module.WriteBack();
        if (setting.Data is not null && stage.Start == StartingWeights.Trained) Reestimate(module, cancellation);
        var layers = LayersOf(current, plan);
        setting.Progress?.Report(new ProgressEvent("prune", FormattableString.Invariant($"{layers.Sum(layer => (long)layer.After)} of {layers.Sum(layer => (long)layer.Before)} weights stay")));
        return new PruneOutcome(current, CostOf(current), layers, range, isOutOfReach, trainings.Sum(training => training.History.Count), Math.Min(stage.Samples, setting.Data?.Count ?? 0))
        {
            Masked = [.. plan.Matrices.Select(matrix => matrix.Name)],
        };
    }

    MaskPlan PlanFor(OnnxModel model)
    {
        var matrices = WeightMatrix.Of(model);
        if (matrices.Count == 0)
        {
            throw new PruningException(PruningException.NothingToRemove, "The model has no weights that multiply: no convolution, matrix product or recurrent cell with stored weights.", model.Path);
        }

        return new MaskPlan(matrices, stage.Granularity, stage.Distribution)
        {
            LeastPerLayer = stage.LeastPerGroup,
            Normalization = stage.GroupNormalization ?? GroupNormalization.None,
        };
    }

    IReadOnlyList<SensitivityCurve> Curves(GraphModule module, MaskPlan plan, MaskScores scores, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        return new MaskSensitivity(setting.CurveData, stage.Samples, setting.Seed, setting.Outputs, $"{stage.Criterion} {stage.SecondDerivative} {stage.Schedule} {setting.Data?.ContentHash}", setting.MeasurementFolder) { Progress = setting.Progress }
            .Measure(module, plan, scores.ForSearch(cancellation), cancellation);
    }

    (double Density, bool IsOutOfReach) Density(MaskPlan plan, DensitySearch search, MaskScores scores, CancellationToken cancellation)
    {
        var asked = plan.PatternDensity ?? 1 - stage.Sparsity;
        if (!search.IsLimited)
        {
            return asked is { } share ? (share, false) : throw new RecipeException(
                RecipeException.Incomplete, $"Nothing says how many weights the granularity {stage.Granularity} is to set to zero.", hint: "Give a sparsity, or a budget MaxSize or MaxParameters.");
        }

        // A pattern is what it is, and the budgets are judged at the end.
        if (plan.PatternDensity is { } pattern) return (pattern, false);
        using var scope = NewDisposeScope();
        var (found, isOutOfReach) = search.Find(scores.ForSearch(cancellation), asked ?? 1, cancellation);
        return (found, isOutOfReach);
    }

    IReadOnlyList<TrainingResult> Prune(GraphModule module, MaskPlan plan, WeightMasks masks, MaskScores scores, double density, CancellationToken cancellation)
    {
        TrainingResult Train(GraphModule trained, IReadOnlyList<TrainingConstraint> constraints, string name) =>
            setting.Training!($"prune {name}", Recovery).Train(trained, constraints, setting.Data!, null, cancellation);
        if (stage.Rewind is { } epochs)
        {
            var (ticket, trainings) = new LotteryTicket(plan, density, stage.Steps, epochs, stage.Schedule).Find(module, Train);
            ticket.Dispose();
            return trainings;
        }

        if (stage.Schedule != PruningSchedule.OneShot)
        {
            using var gradual = new GradualMask(module, plan, stage.Criterion, stage.Schedule, density, stage.Steps, setting.Seed, stage.Regrowth == Regrowth.Splice);
            return [Train(module, [gradual], "gradually")];
        }

        PruneOnce(module, plan, masks, scores, density, cancellation);
        if (!Moves) return [];
        using var topology = new ChangingTopology(module, masks, stage.Regrowth, stage.Steps, setting.Seed, owns: false);
        return [Train(module, [topology], "with regrowth")];
    }

    /// <summary>Chooses what stays; where the stage asks for it those weights make good for the others.</summary>
    void PruneOnce(GraphModule module, MaskPlan plan, WeightMasks masks, MaskScores scores, double density, CancellationToken cancellation)
    {
        var looksAtInputs = stage.Criterion is Criterion.Wanda or Criterion.OptimalBrainSurgeon || stage.Compensation == CompensationMethod.OptimalBrainSurgeon;
        if (looksAtInputs && setting.Data is null)
        {
            throw new PruningException(PruningException.CriterionNeedsData, "Wanda and Optimal Brain Surgeon look at what layers are given, and there is no data.", hint: "Give data, or choose the criterion l2 and no such compensation.");
        }

        using var scope = NewDisposeScope();
        IEnumerable<Batch> Batches() => SampleDraw.Batches(setting.Data!, stage.Samples, setting.Seed);
        var densities = plan.Matrices.ToDictionary(matrix => matrix.Name, _ => density, StringComparer.Ordinal);
        plan.Select(stage.Criterion is Criterion.Wanda or Criterion.OptimalBrainSurgeon ? scores.ByMagnitude() : scores.Of(cancellation), density, masks);
        if (stage.Criterion == Criterion.OptimalBrainSurgeon)
        {
            using var result = OptimalBrainSurgeon.Prune(module, Batches, densities, stage.Granularity, cancellation: cancellation);
            // What is no layer of its own keeps the mask by magnitude from above, which keeps to a pattern.
            var solved = LinearLayer.Of(module).Select(layer => layer.Weight).ToHashSet(StringComparer.Ordinal);
            foreach (var (name, kept) in result.Masks.Where(mask => solved.Contains(mask.Key))) masks.Set(name, kept);
        }
        else if (stage.Criterion == Criterion.Wanda)
        {
            var wanda = WandaCriterion.Score(module, Batches(), cancellation);
            var chosen = WandaCriterion.Masks(module, wanda, densities.Where(pair => wanda.ContainsKey(pair.Key)).ToDictionary(), stage.Granularity);
            foreach (var (name, kept) in chosen) masks.Set(name, kept);
            foreach (var tensor in wanda.Values.Concat(chosen.Values)) tensor.Dispose();
        }

        if (stage.Compensation == CompensationMethod.OptimalBrainSurgeon && stage.Criterion != Criterion.OptimalBrainSurgeon)
        {
            var kept = masks.Masks.ToDictionary(mask => mask.Key, mask => mask.Value.ne(0), StringComparer.Ordinal);
            using var result = OptimalBrainSurgeon.Reconstruct(module, Batches, kept, cancellation: cancellation);
        }

        masks.Apply(module);
    }

    void Reestimate(GraphModule module, CancellationToken cancellation)
    {
        NormalizationReestimation.Run(module, SampleDraw.Batches(setting.Data!, stage.Samples, setting.Seed), cancellation);
        module.WriteBack();
    }

    Cost CostOf(OnnxModel model)
    {
        var cost = CostModel.Count(model, ShapeInference.Infer(model, setting.Shapes));
        return new Cost(cost.Macs, cost.Parameters, model.SizeInBytes);
    }

    static IReadOnlyList<LayerOutcome> LayersOf(OnnxModel model, MaskPlan plan)
    {
        var index = new GraphIndex(model.Graph);
        return
        [
            .. plan.Matrices.Select(matrix =>
            {
                var node = index.Consumers(matrix.Name)[0];
                var kept = (int)NonZeros.In(index.Initializers[matrix.Name]);
                return new LayerOutcome(node.DisplayName(), node.OpType, (int)matrix.Elements, kept, kept < matrix.Elements ? null : "every weight is kept") { IsOfWeights = true };
            }),
        ];
    }
}
