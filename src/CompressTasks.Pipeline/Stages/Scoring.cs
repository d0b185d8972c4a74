using CompressTasks.Pruning;
using CompressTasks.Pruning.Blocks;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pipeline;

/// <summary>Scores units and blocks by the criterion that a recipe names.</summary>
/// <param name="module">Runs the analysed model; null without data.</param>
/// <param name="data">Samples for what needs some.</param>
sealed class Scoring(PruneStage stage, GraphModule? module, DataSet? data, OutputKind outputs, int seed)
{
    /// <summary>What training moved, for the criterion movement.</summary>
    public IReadOnlyDictionary<string, Tensor>? Movement { get; init; }

    /// <exception cref="PruningException">CMP0603 when the criterion needs data and there is none.</exception>
    public double[] Units(CouplingGraph graph, CancellationToken cancellation) => stage.Criterion switch
    {
        Criterion.Random => RandomCriterion.Score(graph, seed),
        Criterion.L1 => MagnitudeCriterion.ScoreL1(graph, cancellation),
        Criterion.BatchNormScale => BatchNormScaleCriterion.Score(graph, cancellation),
        Criterion.GeometricMedian => GeometricMedianCriterion.Score(graph, cancellation),
        Criterion.Lamp => LampCriterion.Score(graph, MagnitudeCriterion.Score(graph, cancellation)),
        Criterion.Taylor => ByGradient(graph, module => TaylorCriterion.Score(graph, module, Batches(), Loss, cancellation), cancellation),
        Criterion.GradientTimesWeight => ByGradient(graph, module => GradientTimesWeightCriterion.Score(graph, module, Batches(), Loss, cancellation), cancellation),
        Criterion.Movement => MovementCriterion.Score(graph, Movement ?? throw Needs("training data, and a run that trains"), cancellation),
        Criterion.WeightCorrelation => WeightCorrelationCriterion.Score(graph, cancellation),
        Criterion.ActivationMean => ActivationCriterion.Mean(graph, Module(needsLabels: false), Batches(), cancellation),
        Criterion.ActivationVariance => ActivationCriterion.Variance(graph, Module(needsLabels: false), Batches(), cancellation),
        Criterion.ZeroFraction => ActivationCriterion.NonZero(graph, Module(needsLabels: false), Batches(), cancellation),
        Criterion.OutputCorrelation => OutputCorrelationCriterion.Score(graph, Module(needsLabels: false), Batches(), cancellation),
        Criterion.OptimalBrainDamage => ByGradient(graph, module => Damage(graph, module, cancellation), cancellation),
        _ => MagnitudeCriterion.Score(graph, cancellation),
    };

    double[] Damage(CouplingGraph graph, GraphModule trained, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var elements = OptimalBrainDamage.Score(trained, Batches(), Loss, stage.SecondDerivative, seed, cancellation);
        var scores = UnitScores.FromElements(graph, elements);
        foreach (var tensor in elements.Values) tensor.Dispose();
        return scores;
    }

    /// <inheritdoc cref="Units"/>
    public double[] Blocks(CouplingGraph graph, IReadOnlyList<ResidualBlock> blocks, CancellationToken cancellation)
    {
        switch (stage.Criterion)
        {
            case Criterion.Random:
                var random = new Random(seed);
                return [.. blocks.Select(_ => random.NextDouble())];
            case Criterion.BatchNormScale:
                return BlockScores.ByBatchNormScale(graph.Model, blocks);
            case Criterion.Taylor:
                Module(needsLabels: true);
                return BlockScores.ByTaylor(graph.Model, graph.Shapes, blocks, Batches(), Loss, cancellation);
            case Criterion.OutputCorrelation:
                return BlockScores.ByChange(Module(needsLabels: false), blocks, Batches(), cancellation);
            default:
                return BlockScores.ByWeights(graph.Model, blocks, squared: stage.Criterion != Criterion.L1);
        }
    }

    /// <summary>Where no gradient comes, it says nothing of importance: such units are scored by magnitude, on the scale of the others.</summary>
    double[] ByGradient(CouplingGraph graph, Func<GraphModule, double[]> score, CancellationToken cancellation)
    {
        var trained = Module(needsLabels: true);
        var unreached = trained.WeightsWithoutGradient.ToHashSet(StringComparer.Ordinal);
        if (unreached.Count == 0) return score(trained);
        var magnitudes = MagnitudeCriterion.Score(graph, cancellation);
        if (unreached.Count == trained.Weights.Count) return magnitudes;
        var scores = score(trained);
        var reached = graph.Units
            .Where(unit => unit.Slices.Any(slice => trained.Weights.ContainsKey(slice.Initializer) && !unreached.Contains(slice.Initializer)))
            .Select(unit => unit.Index)
            .ToHashSet();
        var (given, alike) = (reached.Sum(unit => scores[unit]), reached.Sum(unit => magnitudes[unit]));
        var scale = given > 0 && alike > 0 ? given / alike : 1;
        for (var unit = 0; unit < scores.Length; unit++)
        {
            if (!reached.Contains(unit)) scores[unit] = magnitudes[unit] * scale;
        }

        return scores;
    }

    GraphModule Module(bool needsLabels) => module is not null && (!needsLabels || data is { HasLabels: true })
        ? module
        : throw Needs(needsLabels ? "labelled data" : "data");

    PruningException Needs(string what)
    {
        var name = PruneStageCheck.NameOf(stage.Criterion);
        return new(PruningException.CriterionNeedsData, $"The criterion {name} needs {what}.", hint: $"Give {what}, or choose the criterion l2.");
    }

    IEnumerable<Batch> Batches() => SampleDraw.Batches(data!, stage.Samples, seed);

    Tensor Loss(Tensor output, Batch batch) => SampleLosses.Mean(output, batch, data!, outputs);
}
