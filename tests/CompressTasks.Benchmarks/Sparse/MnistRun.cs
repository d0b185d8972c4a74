using System.Diagnostics;
using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;

namespace CompressTasks.Benchmarks.Sparse;

/// <summary>One trained network: what is kept, how well it does on the 10,000 test images in ONNX Runtime, and how it came about.</summary>
/// <param name="Dense">Accuracy of the dense network that it came from or that was trained as long.</param>
sealed record MnistPoint(string Name, string Network, string Method, int Seed, int Epochs, long Weights, long Kept, double Accuracy, double? Dense, long Bytes, double Seconds);

/// <summary>MNIST and a folder of finished points: a point whose file is there is not run again, one that was stopped goes on.</summary>
sealed class MnistRun : IDisposable
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public MnistRun(string data, string output)
    {
        Output = Directory.CreateDirectory(output).FullName;
        Training = DataSets.Open(Path.Combine(data, "train-images-idx3-ubyte")).EnsureFits([-1, 1, 28, 28]);
        Test = DataSets.Open(Path.Combine(data, "t10k-images-idx3-ubyte")).EnsureFits([-1, 1, 28, 28]);
    }

    public string Output { get; }

    public DataSet Training { get; }

    public DataSet Test { get; }

    public static OnnxModel Network(string name, int seed) => name == "lenet-5" ? Networks.LeNet5(seed) : Networks.LeNet300100(seed);

    public string ModelFile(string name) => Path.Combine(Output, name + ".onnx");

    public string Checkpoint(string name) => Path.Combine(Output, name + ".checkpoint");

    /// <param name="train">Trains the module; it is written with the weights that it has then.</param>
    public MnistPoint Point(string name, string network, string method, int seed, int epochs, double? dense, OnnxModel start, Action<GraphModule> train)
    {
        var file = Path.Combine(Output, name + ".json");
        if (File.Exists(file)) return JsonSerializer.Deserialize<MnistPoint>(File.ReadAllText(file), Json)!;
        var clock = Stopwatch.StartNew();
        using var module = new GraphModule(start);
        train(module);
        module.WriteBack();
        var bytes = module.Model.Write(ModelFile(name));
        var seconds = clock.Elapsed.TotalSeconds;
        using var masks = WeightMasks.OfZeros(module, WeightMatrix.Of(module.Model).Select(matrix => matrix.Name));
        var accuracy = RuntimeEvaluation.Measure(ModelFile(name), Test, threads: 1).Value;
        var point = new MnistPoint(name, network, method, seed, epochs, masks.Weights, masks.Kept, accuracy, dense, bytes, seconds);
        File.WriteAllText(file, JsonSerializer.Serialize(point, Json));
        Console.WriteLine(FormattableString.Invariant($"{name}: {accuracy:P2}, {masks.Kept} of {masks.Weights} weights ({100.0 * masks.Kept / masks.Weights:0.000} %), {seconds:0} s"));
        foreach (var checkpoint in Directory.EnumerateFiles(Output, name + "*.checkpoint")) File.Delete(checkpoint);
        return point;
    }

    /// <summary>The network trained without masks.</summary>
    public MnistPoint Dense(string network, int seed, TrainingRecipe recipe) => Point(
        FormattableString.Invariant($"{network}-dense-{recipe.Epochs}-{seed}"), network, "dense", seed, recipe.Epochs, null, Network(network, seed),
        module => Train(module, recipe with { Seed = seed }, [], FormattableString.Invariant($"{network}-dense-{recipe.Epochs}-{seed}")));

    public TrainingResult Train(GraphModule module, TrainingRecipe recipe, IReadOnlyList<TrainingConstraint> constraints, string name, Distillation? distillation = null) =>
        new Trainer(module, recipe with { KeepBest = false })
        {
            Outputs = OutputKind.Values,
            Constraints = constraints,
            CheckpointPath = Checkpoint(name),
            Distillation = distillation,
        }.Train(Training);

    public void Dispose()
    {
        Training.Dispose();
        Test.Dispose();
    }
}
