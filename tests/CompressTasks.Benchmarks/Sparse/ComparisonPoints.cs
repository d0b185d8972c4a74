using CompressTasks.Onnx;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Benchmarks.Sparse;

/// <summary>LeNet-300-100 from scratch with few weights: fixed, SET's and RigL's topologies; the lottery ticket and its random twin.</summary>
static class ComparisonPoints
{
    const string Network = "lenet-300-100";
    const double Kept = 0.02;
    const int Epochs = 8, Rounds = 6;

    static readonly TrainingRecipe Recipe = new() { Epochs = Epochs, LearningRate = 0.1, Nesterov = true, WeightDecay = 1e-4, Schedule = LearningRateSchedule.Cosine };

    public static IEnumerable<MnistPoint> Topologies(MnistRun run, int seed)
    {
        foreach (var (method, regrowth) in ((string, Regrowth)[])[("static", Regrowth.None), ("SET", Regrowth.Random), ("RigL", Regrowth.Gradient)])
        {
            var name = FormattableString.Invariant($"topology-{method}-{seed}");
            yield return run.Point(name, Network, method, seed, Epochs, null, MnistRun.Network(Network, seed), module =>
            {
                var masks = RandomTopology(module, seed);
                masks.Apply(module);
                using FixedMask constraint = regrowth == Regrowth.None ? new FixedMask(module, masks) : new ChangingTopology(module, masks, regrowth, 30, seed);
                run.Train(module, Recipe with { Seed = seed }, [constraint], name);
            });
        }
    }

    /// <summary>The dense network, the ticket, and the ticket's masks with other weights, each trained as long.</summary>
    public static IEnumerable<MnistPoint> Lottery(MnistRun run, int seed, double rewind)
    {
        var recipe = Recipe with { Seed = seed };
        var dense = run.Dense(Network, seed, recipe);
        var name = FormattableString.Invariant($"ticket-{rewind}-{seed}");
        var ticket = run.Point(name, Network, FormattableString.Invariant($"ticket, rewound to epoch {rewind}"), seed, Epochs, dense.Accuracy, MnistRun.Network(Network, seed), module =>
        {
            var plan = new MaskPlan(WeightMatrix.Of(module.Model), new PruningGrain(Granularity.Weight), Distribution.Global) { LeastPerLayer = Kept / 4 };
            new LotteryTicket(plan, Kept, Rounds, rewind)
                .Find(module, (trained, constraints, training) => run.Train(trained, recipe, constraints, $"{name}-{training}"))
                .Masks.Dispose();
        });
        var other = run.Point($"{name}-random", Network, "the ticket's masks, other weights", seed, Epochs, dense.Accuracy, MnistRun.Network(Network, seed + 100), module =>
        {
            using var found = new GraphModule(OnnxModel.Read(run.ModelFile(name)));
            using var masks = WeightMasks.OfZeros(found, WeightMatrix.Of(found.Model).Select(matrix => matrix.Name));
            LotteryTicket.TrainOtherWeights(module, masks, (trained, constraints, training) => run.Train(trained, recipe, constraints, $"{name}-{training}"));
        });
        return [dense, ticket, other];
    }

    static WeightMasks RandomTopology(GraphModule module, int seed)
    {
        using var scope = NewDisposeScope();
        var matrices = WeightMatrix.Of(module.Model);
        var masks = WeightMasks.Full(module, matrices.Select(matrix => matrix.Name));
        var weights = matrices.ToDictionary(matrix => matrix.Name, matrix => (Tensor)module.Weights[matrix.Name], StringComparer.Ordinal);
        var scores = ElementScores.OfWeights(Criterion.Random, matrices, weights, seed, 0);
        new MaskPlan(matrices, new PruningGrain(Granularity.Weight), Distribution.Erk).Select(scores, Kept, masks);
        return masks;
    }
}
