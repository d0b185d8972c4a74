using CompressTasks.Onnx;
using CompressTasks.Pipeline.Tests.Runs;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Students;

/// <summary>A small residual network that has learned a small problem, and the data: a teacher from which students are derived.</summary>
public sealed class TaughtModel : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("compress-students");
    int runs;

    public TaughtModel()
    {
        LearnedModel.WriteBars(At("train.npz"), samples: 256, seed: 1);
        LearnedModel.WriteBars(At("valid.npz"), samples: 120, seed: 2, wrongEvery: 10);
        var model = Networks.CifarResNet(14, classes: 3, channels: 1, size: 8, width: 8);
        using var module = new GraphModule(model);
        using var data = DataSets.Open(At("train.npz"));
        new Trainer(module, new TrainingRecipe { Epochs = 3, BatchSize = 64, LearningRate = 0.02 }).Train(data);
        module.WriteBack();
        model.Write(Model);
    }

    public string Model => At("teacher.onnx");

    public string At(string name) => Path.Combine(folder.FullName, name);

    /// <summary>A run with a recipe of these stages, into an output folder and a cache folder of its own.</summary>
    public CompressionRequest Request(string stages, params Budget[] budgets)
    {
        var number = ++runs;
        File.WriteAllText(At($"recipe{number}.json"), $$"""{ "baseline": false, "stages": [{{stages}}] }""");
        return new CompressionRequest
        {
            Model = Model,
            OutputDirectory = At($"out{number}"),
            CacheDirectory = At($"cache{number}"),
            TrainingData = At("train.npz"),
            ValidationData = At("valid.npz"),
            Recipe = At($"recipe{number}.json"),
            Budgets = budgets,
            Threads = 1,
        };
    }

    public static OnnxModel Written(CompressionRequest request) => OnnxModel.Read(WrittenFile(request));

    public static string WrittenFile(CompressionRequest request) => Path.Combine(request.OutputDirectory, Path.GetFileName(request.Model));

    public void Dispose() => folder.Delete(recursive: true);
}

[CollectionDefinition(Name)]
public sealed class TaughtModelCollection : ICollectionFixture<TaughtModel>
{
    public const string Name = "taught model";
}
