using CompressTasks.Onnx;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;

namespace CompressTasks.Benchmarks.Sparse;

/// <summary>The LeNets at the densities of Dynamic Network Surgery (Guo et al. 2016) and Sparse Variational Dropout (Molchanov et al. 2017).</summary>
static class SurgeryPoints
{
    static readonly TrainingRecipe Dense = new() { LearningRate = 0.1, Nesterov = true, WeightDecay = 5e-4, Schedule = LearningRateSchedule.OneCycle };

    /// <summary>A weak weight decay: the few weights that are left have to be large.</summary>
    static readonly TrainingRecipe Sparse = new() { LearningRate = 0.05, Nesterov = true, WeightDecay = 2e-5, Schedule = LearningRateSchedule.Cosine };

    public static MnistPoint DenseOf(MnistRun run, string network) => run.Dense(network, 1, Dense with { Epochs = network == "lenet-5" ? 10 : 20 });

    /// <param name="kept">Share of the weights that stays.</param>
    public static MnistPoint Run(MnistRun run, string network, double kept, int epochs, int seed)
    {
        var dense = DenseOf(run, network);
        var name = FormattableString.Invariant($"{network}-surgery-{100 * kept:0.###}-{epochs}-{seed}");
        var start = OnnxModel.Read(run.ModelFile(dense.Name));
        return run.Point(name, network, "splice", seed, epochs, dense.Accuracy, start, module =>
        {
            using var teacher = new GraphModule(start.Clone());
            teacher.eval();
            var plan = new MaskPlan(WeightMatrix.Of(start), new PruningGrain(Granularity.Weight), Distribution.Global) { LeastPerLayer = kept / 4 };
            using var masks = new GradualMask(module, plan, Criterion.L2, PruningSchedule.Cubic, kept, 200, seed, splices: true);
            run.Train(module, Sparse with { Epochs = epochs, Seed = seed }, [masks], name, new Distillation(new() { Temperature = 4, Alpha = 0.9 }, batch => teacher.forward(batch)));
        });
    }
}
