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
        Criterion.Taylor => TaylorCriterion.Score(graph, Module(needsLabels: true), Batches(), Loss, cancellation),
        Criterion.GradientTimesWeight => GradientTimesWeightCriterion.Score(graph, Module(needsLabels: true), Batches(), Loss, cancellation),
        Criterion.Movement => MovementCriterion.Score(graph, Movement ?? throw Needs("training data, and a run that trains"), cancellation),
        _ => MagnitudeCriterion.Score(graph, cancellation),
    };

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

    GraphModule Module(bool needsLabels) => module is not null && (!needsLabels || data is { HasLabels: true })
        ? module
        : throw Needs(needsLabels ? "labelled data" : "data");

    PruningException Needs(string what)
    {
        var name = PruneStageCheck.NameOf(stage.Criterion);
        return new(PruningException.CriterionNeedsData, $"The criterion {name} needs {what}.", hint: $"Give {what}, or choose the criterion l2.");
    }

    IEnumerable<Batch> Batches() => SampleDraw.Batches(data!, stage.Samples, seed);

    Tensor Loss(Tensor output, Batch batch)
    {
        var values = output.flatten(1);
        return data!.Labels == LabelKind.Targets
            ? Losses.MeanSquaredError(values, batch.Labels!)
            : Losses.CrossEntropy(Losses.Logits(values, outputs), batch.Labels!);
    }
}
