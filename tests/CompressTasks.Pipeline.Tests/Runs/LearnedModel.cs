using System.IO.Compression;
using System.Text;
using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Runs;

/// <summary>A small network that has learned a small problem, the data, and a recipe that recovers it in about a second.</summary>
public sealed class LearnedModel : IDisposable
{
    const int Size = 8, Classes = 3;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("compress-pipeline");
    int runs;

    public LearnedModel()
    {
        WriteBars(TrainingData, samples: 384, seed: 1);
        WriteBars(ValidationData, samples: 150, seed: 2);
        WriteBars(TestData, samples: 90, seed: 3);
        WriteModel();
        File.WriteAllText(Recipe, """
            {
              "baseline": false,
              "stages": [
                { "stage": "prune", "criterion": "taylor", "schedule": "exponential", "steps": 2, "samples": 128, "recovery": { "epochs": 1, "learningRate": 0.02 } },
                { "stage": "distill", "training": { "epochs": 4, "batchSize": 64, "learningRate": 0.02 }, "extraRounds": 0 }
              ]
            }
            """);
    }

    public string Model => At("bars.onnx");

    public string TrainingData => At("train.npz");

    public string ValidationData => At("valid.npz");

    public string TestData => At("test.npz");

    public string Recipe => At("recipe.json");

    public string At(string name) => Path.Combine(folder.FullName, name);

    /// <summary>A run with data, into an output folder and a cache folder of its own.</summary>
    public CompressionRequest Request(params Budget[] budgets)
    {
        var number = ++runs;
        return new CompressionRequest
        {
            Model = Model,
            OutputDirectory = At($"out{number}"),
            CacheDirectory = At($"cache{number}"),
            TrainingData = TrainingData,
            ValidationData = ValidationData,
            Recipe = Recipe,
            Budgets = budgets,
            Threads = 1,
        };
    }

    /// <summary>The same without data and with the built-in recipe.</summary>
    public CompressionRequest RequestWithoutData(params Budget[] budgets) => Request(budgets) with { TrainingData = null, ValidationData = null, Recipe = null };

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>Noise with a bright bar of two rows, whose height is the class.</summary>
    /// <param name="wrongEvery">One label of so many is wrong, so that no model is always right.</param>
    public static void WriteBars(string path, int samples, int seed, bool labelled = true, int classes = Classes, int? wrongEvery = null)
    {
        var random = new Random(seed);
        var pixels = new byte[samples * Size * Size];
        var labels = new byte[samples];
        random.NextBytes(pixels);
        for (var i = 0; i < samples; i++)
        {
            labels[i] = (byte)(i % classes);
            pixels.AsSpan((i * Size * Size) + (labels[i] % Classes * 2 * Size), 2 * Size).Fill(255);
            if (i % wrongEvery == 0) labels[i] = (byte)((labels[i] + 1) % classes);
        }

        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        WriteArray(archive, "x.npy", $"{samples}, 1, {Size}, {Size}", pixels);
        if (labelled) WriteArray(archive, "y.npy", $"{samples},", labels);
    }

    /// <summary>Samples and labels of any shapes as an archive.</summary>
    public static void Write(string path, (string Shape, byte[] Values) samples, (string Shape, byte[] Values) labels, string labelType = "|u1")
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        WriteArray(archive, "x.npy", samples.Shape, samples.Values);
        WriteArray(archive, "y.npy", labels.Shape, labels.Values, labelType);
    }

    static void WriteArray(ZipArchive archive, string name, string shape, byte[] values, string type = "|u1")
    {
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({shape}), }}".PadRight(117) + "\n"; // 10 + 118 bytes, a multiple of 64
        using var stream = archive.CreateEntry(name).Open();
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0]);
        stream.Write(Encoding.ASCII.GetBytes(header));
        stream.Write(values);
    }

    void WriteModel()
    {
        var network = new ModelBuilder(seed: 5, name: "bars");
        var hidden = network.Relu(network.BatchNormalization(network.Conv(network.Input("image", "N", 1, Size, Size), 16, 3, padding: 1)));
        hidden = network.Relu(network.Conv(hidden, 24, 3, stride: 2));
        var model = network.Build(network.Gemm(network.Flatten(hidden), Classes));
        using var module = new GraphModule(model);
        using var data = DataSets.Open(TrainingData);
        new Trainer(module, new TrainingRecipe { Epochs = 4, BatchSize = 64, LearningRate = 0.02 }).Train(data);
        module.WriteBack();
        model.Write(Model);
    }
}

[CollectionDefinition(Name)]
public sealed class LearnedModelCollection : ICollectionFixture<LearnedModel>
{
    public const string Name = "learned model";
}
