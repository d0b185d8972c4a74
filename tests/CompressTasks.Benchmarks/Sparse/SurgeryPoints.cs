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
    const int Updates = 200;

    static readonly TrainingRecipe Dense = new() { LearningRate = 0.1, Nesterov = true, WeightDecay = 5e-4, Schedule = LearningRateSchedule.OneCycle };

    static readonly TrainingRecipe Pruning = new() { LearningRate = 0.02, Nesterov = true, WeightDecay = 1e-4, Schedule = LearningRateSchedule.Constant };

    /// <summary>No weight decay: the few weights that are left have to be large.</summary>
    static readonly TrainingRecipe FineTuning = new() { LearningRate = 0.1, Nesterov = true, WeightDecay = 0, Schedule = LearningRateSchedule.OneCycle };

    public static TrainedPoint DenseOf(TrainedPoints run, string network) => run.Dense(network, 1, Dense with { Epochs = network == "lenet-5" ? 10 : 20 });

    /// <summary>Gradual magnitude pruning in the first half of the epochs, training of what is left in the second; both learn from the dense network.</summary>
    /// <param name="kept">Share of the weights that stays.</param>
    /// <param name="splices">Whether pruned weights may come back, as Dynamic Network Surgery has it.</param>
    public static TrainedPoint Run(TrainedPoints run, string network, double kept, int epochs, int seed, bool splices)
    {
        var dense = DenseOf(run, network);
        var method = splices ? "gradual, spliced" : "gradual";
        var name = FormattableString.Invariant($"{network}-{(splices ? "spliced" : "gradual")}-{100 * kept:0.###}-{epochs}-{seed}");
        var start = OnnxModel.Read(run.ModelFile(dense.Name));
        return run.Point(name, network, method, seed, epochs, dense.Accuracy, start, module =>
        {
            using var teacher = new GraphModule(start.Clone());
            teacher.eval();
            var distillation = new Distillation(new() { Temperature = 4, Alpha = 0.9 }, batch => teacher.forward(batch));
            var plan = new MaskPlan(WeightMatrix.Of(start), new PruningGrain(Granularity.Weight), Distribution.Global) { LeastPerLayer = kept / 4 };
            using var masks = new GradualMask(module, plan, Criterion.L2, PruningSchedule.Cubic, kept, Updates, seed, splices);
            run.Train(module, Pruning with { Epochs = epochs / 2, Seed = seed }, [masks], name + "-prune", distillation);
            using var fixedMask = new FixedMask(module, masks.Masks, owns: false);
            run.Train(module, FineTuning with { Epochs = epochs - (epochs / 2), Seed = seed + 1 }, [fixedMask], name + "-tune", distillation);
        });
    }
}
