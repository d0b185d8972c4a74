using CompressTasks.Onnx;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Benchmarks.Sparse;

/// <summary>A network from scratch with few weights: fixed, SET's and RigL's topologies; the lottery ticket and its random twin.</summary>
/// <param name="network">Of <see cref="TrainedPoints.Network"/>.</param>
/// <param name="kept">Share of the weights that is left.</param>
/// <param name="rounds">Prunings of a ticket.</param>
sealed class ComparisonPoints(string network, double kept, int rounds, TrainingRecipe training)
{
    public static ComparisonPoints OfMnist { get; } = new(
        "lenet-300-100", 0.02, 6, new() { Epochs = 8, LearningRate = 0.1, Nesterov = true, WeightDecay = 1e-4, Schedule = LearningRateSchedule.Cosine });

    /// <summary>A tenth of the epochs that such networks usually train.</summary>
    public static ComparisonPoints OfCifar { get; } = new(
        "resnet-8", 0.05, 3, new() { Epochs = 6, LearningRate = 0.1, Nesterov = true, WeightDecay = 5e-4, Schedule = LearningRateSchedule.Cosine });

    public IEnumerable<TrainedPoint> Topologies(TrainedPoints run, int seed)
    {
        foreach (var (method, regrowth) in ((string, Regrowth)[])[("static", Regrowth.None), ("SET", Regrowth.Random), ("RigL", Regrowth.Gradient)])
        {
            var name = FormattableString.Invariant($"topology-{method}-{seed}");
            yield return run.Point(name, network, method, seed, training.Epochs, null, TrainedPoints.Network(network, seed), module =>
            {
                var masks = RandomTopology(module, seed);
                masks.Apply(module);
                using FixedMask constraint = regrowth == Regrowth.None ? new FixedMask(module, masks) : new ChangingTopology(module, masks, regrowth, 30, seed);
                run.Train(module, training with { Seed = seed }, [constraint], name);
            });
        }
    }

    /// <summary>The dense network, the ticket, and the ticket's masks with other weights, each trained as long.</summary>
    public IEnumerable<TrainedPoint> Lottery(TrainedPoints run, int seed, double rewind)
    {
        var recipe = training with { Seed = seed };
        var dense = run.Dense(network, seed, recipe);
        var name = FormattableString.Invariant($"ticket-{rewind}-{seed}");
        var ticket = run.Point(name, network, FormattableString.Invariant($"ticket, rewound to epoch {rewind}"), seed, training.Epochs, dense.Accuracy, TrainedPoints.Network(network, seed), module =>
        {
            var plan = new MaskPlan(WeightMatrix.Of(module.Model), new PruningGrain(Granularity.Weight), Distribution.Global) { LeastPerLayer = kept / 4 };
            new LotteryTicket(plan, kept, rounds, rewind)
                .Find(module, (trained, constraints, part) => run.Train(trained, recipe, constraints, $"{name}-{part}"))
                .Masks.Dispose();
        });
        var other = run.Point($"{name}-random", network, "the ticket's masks, other weights", seed, training.Epochs, dense.Accuracy, TrainedPoints.Network(network, seed + 100), module =>
        {
            using var found = new GraphModule(OnnxModel.Read(run.ModelFile(name)));
            using var masks = WeightMasks.OfZeros(found, WeightMatrix.Of(found.Model).Select(matrix => matrix.Name));
            LotteryTicket.TrainOtherWeights(module, masks, (trained, constraints, part) => run.Train(trained, recipe, constraints, $"{name}-{part}"));
        });
        return [dense, ticket, other];
    }

    WeightMasks RandomTopology(GraphModule module, int seed)
    {
        using var scope = NewDisposeScope();
        var matrices = WeightMatrix.Of(module.Model);
        var masks = WeightMasks.Full(module, matrices.Select(matrix => matrix.Name));
        var weights = matrices.ToDictionary(matrix => matrix.Name, matrix => (Tensor)module.Weights[matrix.Name], StringComparer.Ordinal);
        var scores = ElementScores.OfWeights(Criterion.Random, matrices, weights, seed, 0);
        new MaskPlan(matrices, new PruningGrain(Granularity.Weight), Distribution.Erk).Select(scores, kept, masks);
        return masks;
    }
}
