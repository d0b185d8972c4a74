using System.Diagnostics;
using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;

namespace CompressTasks.Benchmarks.Sparse;

/// <summary>One trained network: what is kept, how well it does on held-back images in ONNX Runtime, and how it came about.</summary>
/// <param name="Dense">Accuracy of the dense network that it came from or that was trained as long.</param>
sealed record TrainedPoint(string Name, string Network, string Method, int Seed, int Epochs, long Weights, long Kept, double Accuracy, double? Dense, long Bytes, double Seconds);

/// <summary>A data set and a folder of finished points: a point whose file is there is not run again, one that was stopped goes on.</summary>
sealed class TrainedPoints : IDisposable
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    TrainedPoints(DataSet training, DataSet test, string output)
    {
        Output = Directory.CreateDirectory(output).FullName;
        (Training, Test) = (training, test);
    }

    public string Output { get; }

    public DataSet Training { get; }

    public DataSet Test { get; }

    /// <param name="data">Folder with the four IDX files.</param>
    public static TrainedPoints OfMnist(string data, string output) => new(
        DataSets.Open(Path.Combine(data, "train-images-idx3-ubyte")).EnsureFits([-1, 1, 28, 28]),
        DataSets.Open(Path.Combine(data, "t10k-images-idx3-ubyte")).EnsureFits([-1, 1, 28, 28]),
        output);

    /// <param name="data">Folder with CIFAR-10's binary files; 45,000 of its training images train, the other 5,000 are held back.</param>
    public static TrainedPoints OfCifar(string data, string output) => new(
        DataSets.Open(CifarFiles(data) + "?take=45000").EnsureFits([-1, 3, 32, 32]),
        DataSets.Open(CifarFiles(data) + "?skip=45000").EnsureFits([-1, 3, 32, 32]),
        output);

    public static string CifarFiles(string data) => string.Join(';', Enumerable.Range(1, 5).Select(part => Path.Combine(data, FormattableString.Invariant($"data_batch_{part}.bin"))));

    public static OnnxModel Network(string name, int seed) => name switch
    {
        "lenet-5" => Networks.LeNet5(seed),
        "lenet-300-100" => Networks.LeNet300100(seed),
        "resnet-8" => Networks.CifarResNet(8, seed, stride: 2),
        _ => throw new ArgumentException($"There is no network '{name}' here.", nameof(name)),
    };

    public string ModelFile(string name) => Path.Combine(Output, name + ".onnx");

    public string Checkpoint(string name) => Path.Combine(Output, name + ".checkpoint");

    /// <param name="train">Trains the module; it is written with the weights that it has then.</param>
    public TrainedPoint Point(string name, string network, string method, int seed, int epochs, double? dense, OnnxModel start, Action<GraphModule> train)
    {
        var file = Path.Combine(Output, name + ".json");
        if (File.Exists(file)) return JsonSerializer.Deserialize<TrainedPoint>(File.ReadAllText(file), Json)!;
        var clock = Stopwatch.StartNew();
        using var module = new GraphModule(start);
        train(module);
        module.WriteBack();
        module.Model.IsStoredSparse = true;
        var bytes = module.Model.Write(ModelFile(name));
        var seconds = clock.Elapsed.TotalSeconds;
        using var masks = WeightMasks.OfZeros(module, WeightMatrix.Of(module.Model).Select(matrix => matrix.Name));
        var accuracy = RuntimeEvaluation.Measure(ModelFile(name), Test, threads: 1).Value;
        var point = new TrainedPoint(name, network, method, seed, epochs, masks.Weights, masks.Kept, accuracy, dense, bytes, seconds);
        File.WriteAllText(file, JsonSerializer.Serialize(point, Json));
        Console.WriteLine(FormattableString.Invariant($"{name}: {accuracy:P2}, {masks.Kept} of {masks.Weights} weights ({100.0 * masks.Kept / masks.Weights:0.000} %), {seconds:0} s"));
        foreach (var checkpoint in Directory.EnumerateFiles(Output, name + "*.checkpoint")) File.Delete(checkpoint);
        return point;
    }

    /// <summary>The network trained without masks.</summary>
    public TrainedPoint Dense(string network, int seed, TrainingRecipe recipe) => Point(
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
