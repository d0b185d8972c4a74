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
    static readonly TrainingRecipe Pruning = new() { LearningRate = Num("LR1", 0.02), Nesterov = true, WeightDecay = Num("WD1", 1e-4), Schedule = LearningRateSchedule.Constant };

    static readonly TrainingRecipe FineTuning = new() { LearningRate = Num("LR2", 0.1), Nesterov = true, WeightDecay = Num("WD2", 0), Schedule = LearningRateSchedule.OneCycle };

    static double Num(string name, double otherwise) => Environment.GetEnvironmentVariable(name) is { } text ? double.Parse(text) : otherwise;

    public static MnistPoint DenseOf(MnistRun run, string network) => run.Dense(network, 1, Dense with { Epochs = network == "lenet-5" ? 10 : 20 });

    /// <param name="kept">Share of the weights that stays.</param>
    public static MnistPoint Run(MnistRun run, string network, double kept, int epochs, int seed)
    {
        var dense = DenseOf(run, network);
        epochs = (int)Num("EP", epochs);
        var name = FormattableString.Invariant($"{network}-surgery-{100 * kept:0.###}-{epochs}-{seed}") + Environment.GetEnvironmentVariable("TAG");
        var start = OnnxModel.Read(run.ModelFile(dense.Name));
        return run.Point(name, network, "splice", seed, epochs, dense.Accuracy, start, module =>
        {
            using var teacher = new GraphModule(start.Clone());
            teacher.eval();
            var distillation = Num("ALPHA", 0.9) == 0 ? null : new Distillation(new() { Temperature = Num("TEMP", 4), Alpha = Num("ALPHA", 0.9) }, batch => teacher.forward(batch));
            var plan = new MaskPlan(WeightMatrix.Of(start), new PruningGrain(Granularity.Weight), Num("LAMP", 0) > 0 ? Distribution.Lamp : Distribution.Global) { LeastPerLayer = kept * Num("FLOOR", 0.25), Normalization = (GroupNormalization)(int)Num("NORM", 3) };
            using var masks = new GradualMask(module, plan, Criterion.L2, PruningSchedule.Cubic, kept, (int)Num("UPDATES", 200), seed, splices: Num("SPLICE", 1) > 0);
            run.Train(module, Pruning with { Epochs = epochs / 2, Seed = seed }, [masks], name + "-prune", distillation);
            Console.WriteLine(Evaluation.Measure(module, run.Test, 256).Value + " " + string.Join(", ", plan.Matrices.Select(m => $"{m.Name} {masks.Masks.KeptOf(m.Name)}")));
            using var fixedMask = new FixedMask(module, masks.Masks, owns: false);
            run.Train(module, FineTuning with { Epochs = epochs - (epochs / 2), Seed = seed + 1 }, [fixedMask], name + "-tune", distillation);
        });
    }
}
