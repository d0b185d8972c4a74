using CompressTasks.Onnx;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Reconstruction;
using CompressTasks.Pruning.Surgery;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Benchmarks;

/// <summary>How much of a trained network's accuracy is left right after pruning, before any training makes good for it.</summary>
static class Reconstruction
{
    const int Samples = 1024, BatchSize = 64, Seed = 1;

    /// <param name="folder">With the four files of MNIST.</param>
    /// <param name="kept">A folder with trained networks, LeNet-300-100.onnx and LeNet-5.onnx; what is not there is trained and kept there.</param>
    public static void Run(string folder, string kept)
    {
        using var training = DataSets.Open(Path.Combine(folder, "train-images-idx3-ubyte"));
        using var test = DataSets.Open(Path.Combine(folder, "t10k-images-idx3-ubyte"));
        foreach (var (name, fresh, epochs) in ((string, OnnxModel, int)[])[("LeNet-300-100", Networks.LeNet300100(Seed), 8), ("LeNet-5", Networks.LeNet5(Seed), 4)])
        {
            var model = Trained(Path.Combine(kept, $"{name}.onnx"), fresh, epochs, training);
            Console.WriteLine(FormattableString.Invariant($"{name}: {Accuracy(model, test):P2} on 10,000 test images"));
            Weights(name, model, training, test);
            Channels(name, model, training, test);
        }
    }

    static OnnxModel Trained(string file, OnnxModel model, int epochs, DataSet training)
    {
        if (File.Exists(file)) return OnnxModel.Read(file);
        using var module = new GraphModule(model);
        new Trainer(module, new TrainingRecipe { Epochs = epochs, LearningRate = 0.1, Schedule = LearningRateSchedule.OneCycle, Seed = Seed }).Train(Fitting(training, model));
        module.WriteBack();
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        model.Write(file);
        return model;
    }

    /// <summary>One-shot, single weights; the same number of weights goes from the network as a whole for every method but Wanda, whose scores compare within an output only.</summary>
    static void Weights(string name, OnnxModel model, DataSet training, DataSet test)
    {
        Console.WriteLine();
        Console.WriteLine($"| {name}, weights gone | magnitude, global | magnitude, per layer | wanda, per layer | OBD, Hessian, global | OBD, Fisher, global | OBS, per layer | OBS, magnitude's densities | magnitude's global mask, OBS update |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        IEnumerable<Batch> Batches() => Drawn(Fitting(training, model));
        using var scope = NewDisposeScope();
        using var dense = new GraphModule(model);
        string[] layers = [.. LinearLayer.Of(dense).Select(layer => layer.Weight)];
        var magnitude = layers.ToDictionary(weight => weight, weight => dense.Weights[weight].detach().abs());
        var wanda = WandaCriterion.Score(dense, Batches());
        Tensor Loss(Tensor output, Batch batch) => Losses.CrossEntropy(output, batch.Labels!);
        var hessian = OptimalBrainDamage.Score(dense, Batches(), Loss);
        var fisher = OptimalBrainDamage.Score(dense, Batches(), Loss, SecondDerivative.EmpiricalFisher);
        foreach (var sparsity in (double[])[0.5, 0.7, 0.8, 0.9, 0.95])
        {
            var density = 1 - sparsity;
            var uniform = layers.ToDictionary(weight => weight, _ => density);
            var globalMasks = Global(layers, magnitude, density);
            var results = new List<double>
            {
                Masked(model, test, globalMasks),
                Masked(model, test, layers.ToDictionary(weight => weight, weight => Global([weight], magnitude, density)[weight])),
                Masked(model, test, WandaCriterion.Masks(dense, wanda, uniform, new PruningGrain(Granularity.Weight))),
                Masked(model, test, Global(layers, hessian, density)),
                Masked(model, test, Global(layers, fisher, density)),
                Operated(model, test, module => OptimalBrainSurgeon.Prune(module, Batches, uniform, new PruningGrain(Granularity.Weight))),
                Operated(model, test, module => OptimalBrainSurgeon.Prune(module, Batches, Densities(globalMasks), new PruningGrain(Granularity.Weight))),
                Operated(model, test, module => OptimalBrainSurgeon.Reconstruct(module, Batches, globalMasks)),
            };
            Console.WriteLine(FormattableString.Invariant($"| {sparsity:P0} | {string.Join(" | ", results.Select(Percent))} |"));
        }

        var pattern = PruningGrain.TryParse("1:4")!;
        var densities = layers.ToDictionary(weight => weight, _ => 0.25);
        Console.WriteLine();
        Console.WriteLine($"{name}, 1:4: wanda {Percent(Masked(model, test, WandaCriterion.Masks(dense, wanda, densities, pattern)))}, OBS {Percent(Operated(model, test, module => OptimalBrainSurgeon.Prune(module, Batches, densities, pattern)))}");
    }

    /// <summary>One-shot, channels, by L2 norm, to a share of the MACs.</summary>
    static void Channels(string name, OnnxModel model, DataSet training, DataSet test)
    {
        Console.WriteLine();
        Console.WriteLine($"| {name}, MACs left | nothing | means | least squares |");
        Console.WriteLine("|---|---:|---:|---:|");
        var data = Fitting(training, model);
        var shapes = new Dictionary<string, long[]> { ["input"] = [1, 1, 28, 28] };
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes));
        using var module = new GraphModule(model);
        var search = new CutSearch(graph, new UnitSelection(graph, MagnitudeCriterion.Score(graph), Distribution.Global));
        foreach (var share in (double[])[0.7, 0.5, 0.35, 0.25])
        {
            var removed = search.Find(new CostLimits((long)(share * search.Nothing.Cost.Macs))).Removed;
            var means = MeasuredMeans.Estimate(graph, module, Drawn(data));
            OnnxModel[] cuts =
            [
                ModelSurgery.Remove(graph, removed),
                ModelSurgery.Remove(graph, removed, means),
                ModelSurgery.Remove(graph, removed, means, ConsumerRefit.Solve(graph, removed, module, () => Drawn(data))),
            ];
            Console.WriteLine(FormattableString.Invariant($"| {share:P0} | {string.Join(" | ", cuts.Select(cut => Percent(Accuracy(cut, test))))} |"));
        }
    }

    /// <summary>The largest scores of all these weights together stay.</summary>
    static Dictionary<string, Tensor> Global(string[] layers, IReadOnlyDictionary<string, Tensor> scores, double density)
    {
        var all = cat([.. layers.Select(weight => scores[weight].flatten())]);
        var mask = zeros(all.numel(), @bool);
        mask.index_fill_(0, all.topk((int)Math.Round(density * all.numel()), 0).indexes, true);
        long start = 0;
        return layers.ToDictionary(weight => weight, weight =>
        {
            var part = mask.slice(0, start, start + scores[weight].numel(), 1).reshape(scores[weight].shape);
            start += part.numel();
            return part;
        });
    }

    static Dictionary<string, double> Densities(Dictionary<string, Tensor> masks) =>
        masks.ToDictionary(pair => pair.Key, pair => (double)pair.Value.sum().item<long>() / pair.Value.numel());

    static double Masked(OnnxModel model, DataSet test, IReadOnlyDictionary<string, Tensor> masks) => Changed(model, test, module =>
    {
        foreach (var (weight, mask) in masks) module.Weights[weight].mul_(mask);
    });

    static double Operated(OnnxModel model, DataSet test, Func<GraphModule, SurgeonResult> operation) => Changed(model, test, module => operation(module).Dispose());

    static double Changed(OnnxModel model, DataSet test, Action<GraphModule> change)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var module = new GraphModule(model);
        change(module);
        return Evaluation.Measure(module, Fitting(test, model)).Value;
    }

    static double Accuracy(OnnxModel model, DataSet test)
    {
        using var module = new GraphModule(model);
        return Evaluation.Measure(module, Fitting(test, model)).Value;
    }

    static IEnumerable<Batch> Drawn(DataSet data) =>
        SeededRandom.Permutation(data.Count, Seed, stream: 0).Take(Samples).Chunk(BatchSize).Select(indices => data.Read(indices));

    static DataSet Fitting(DataSet data, OnnxModel model) =>
        data.EnsureFits([.. model.Graph.Input[0].Type.TensorType.Shape.Dim.Select(dimension => dimension.HasDimValue ? dimension.DimValue : -1)]);

    static string Percent(double value) => FormattableString.Invariant($"{100 * value:0.00}");
}
