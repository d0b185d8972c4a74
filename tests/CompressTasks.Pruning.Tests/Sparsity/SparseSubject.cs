using CompressTasks.Onnx;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Sparsity;

/// <summary>A small network with a convolution and two matrices, and a small problem for it.</summary>
sealed class SparseSubject : IDisposable
{
    public SparseSubject(int seed = 1)
    {
        Model = Build(seed);
        Module = new GraphModule(Model);
        Matrices = WeightMatrix.Of(Model);
    }

    public OnnxModel Model { get; }

    public GraphModule Module { get; }

    public IReadOnlyList<WeightMatrix> Matrices { get; }

    public static TrainingRecipe Recipe { get; } = new() { Epochs = 4, BatchSize = 16, LearningRate = 0.05, KeepBest = false };

    public Dictionary<string, Tensor> Weights => Matrices.ToDictionary(matrix => matrix.Name, matrix => (Tensor)Module.Weights[matrix.Name], StringComparer.Ordinal);

    public MaskPlan Plan(string grain = "weight", Distribution distribution = Distribution.Global) => new(Matrices, PruningGrain.TryParse(grain)!, distribution);

    public WeightMasks Full() => WeightMasks.Full(Module, Matrices.Select(matrix => matrix.Name));

    /// <summary>96 images of three classes: a bright bar in noise.</summary>
    public static DataSet Bars()
    {
        random.manual_seed(3);
        var images = rand(96, 1, 8, 8).mul_(0.4);
        for (var i = 0; i < 96; i++) images[i, 0, 1 + (2 * (i % 3))].add_(0.6);
        return DataSets.FromTensors("bars", images, arange(96, dtype: int64).remainder(3));
    }

    public TrainingResult Train(DataSet data, params TrainingConstraint[] constraints) => new Trainer(Module, Recipe) { Constraints = constraints }.Train(data);

    public byte[] Bytes()
    {
        using var scope = NewDisposeScope();
        return [.. Module.parameters().SelectMany(parameter => parameter.detach().contiguous().bytes.ToArray())];
    }

    public float[] Values(string name)
    {
        using var scope = NewDisposeScope();
        return Module.Weights[name].detach().contiguous().data<float>().ToArray();
    }

    public long Zeros() => Matrices.Sum(matrix => Values(matrix.Name).LongCount(value => value == 0));

    public void Dispose() => Module.Dispose();

    static OnnxModel Build(int seed)
    {
        var b = new ModelBuilder(seed);
        var x = b.Relu(b.BatchNormalization(b.Conv(b.Input("x", "N", 1, 8, 8), 6, 3, padding: 1)));
        x = b.Relu(b.Gemm(b.Flatten(b.MaxPool(x, 2, 2)), 20));
        return b.Build(b.Gemm(x, 3));
    }
}
