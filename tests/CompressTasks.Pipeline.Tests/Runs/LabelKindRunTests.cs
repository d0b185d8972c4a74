using System.Runtime.InteropServices;
using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Runs;

/// <summary>Compressions of networks whose labels are not one class per sample: budgets that speak of accuracy are about the labels' own metric.</summary>
public sealed class LabelKindRunTests : IDisposable
{
    const int Samples = 256, Size = 6;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("compress-labels");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData(LabelKind.PixelClasses, Metric.MeanIntersectionOverUnion)]
    [InlineData(LabelKind.MultiLabel, Metric.F1)]
    [InlineData(LabelKind.Targets, Metric.MeanSquaredError)]
    public void A_network_is_cut_trained_and_judged_by_what_its_labels_are(LabelKind labels, Metric metric)
    {
        var data = WriteData(labels);
        var model = WriteModel(labels, data);
        var recipe = At("recipe.json");
        File.WriteAllText(recipe, """
            {
              "baseline": false,
              "stages": [
                { "stage": "prune", "criterion": "taylor", "samples": 64 },
                { "stage": "distill", "training": { "epochs": 6, "batchSize": 32, "learningRate": 0.1 }, "extraRounds": 1 }
              ]
            }
            """);
        var report = CompressionRun.Execute(
            new CompressionRequest
            {
                Model = model,
                OutputDirectory = At("out"),
                CacheDirectory = At("cache"),
                TrainingData = data,
                ValidationData = data,
                Recipe = recipe,
                Budgets = [BudgetParser.Parse(BudgetKind.MaxMacs, "80%"), BudgetParser.Parse(BudgetKind.MaxAccuracyDrop, "20%"), BudgetParser.Parse(BudgetKind.MinAccuracy, "50%")],
                Threads = 1,
            },
            null,
            CancellationToken.None);

        var (before, after) = (report.Before.Validation!, report.After.Validation!);
        Assert.Equal((metric, metric), (before.Metric, after.Metric));
        Assert.True(report.BudgetsMet);
        Assert.Equal(after.Accuracy, report.Budgets[1].Measured);
        Assert.Equal(before.Accuracy - 0.2, report.Budgets[1].Limit);
        Assert.InRange(before.Accuracy!.Value, 0.7, 1);
        Assert.InRange(report.Ratios.Macs, 0.1, 0.8);
        Assert.Contains(metric.Label(), File.ReadAllText(Path.Combine(At("out"), CompressionRun.ReportMarkdown)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_temperature_is_refused_for_targets_before_the_first_stage()
    {
        var data = WriteData(LabelKind.Targets);
        var recipe = At("recipe.json");
        File.WriteAllText(recipe, """{ "stages": [ { "stage": "prune" }, { "stage": "distill", "distillation": { "temperature": 2 } } ] }""");
        var request = new CompressionRequest { Model = WriteModel(LabelKind.Targets, data), OutputDirectory = At("out"), CacheDirectory = At("cache"), TrainingData = data, Recipe = recipe, Threads = 1 };
        var progress = new RecordedProgress();

        var error = Assert.Throws<TrainingException>(() => CompressionRun.Execute(request, progress, default));

        Assert.Equal(TrainingException.Recipe, error.Code);
        Assert.StartsWith("The recipe's 'temperature' has to be left out where the labels are numbers", error.Message, StringComparison.Ordinal);
        Assert.Empty(progress.Events);
    }

    /// <summary>Noise; a pixel is of class 1 above one half, a label holds where its row is bright, a target is its row's mean.</summary>
    string WriteData(LabelKind labels)
    {
        var random = new Random(1);
        var pixels = new byte[Samples * Size * Size];
        random.NextBytes(pixels);
        for (var row = 0; row < Samples * Size; row++)
        {
            if (labels == LabelKind.PixelClasses) break;
            var bright = random.Next(200);
            foreach (ref var pixel in pixels.AsSpan(row * Size, Size)) pixel = (byte)(bright + (pixel / 5));
        }

        var means = pixels.Chunk(Size).Select(row => row.Average(pixel => pixel / 255.0)).ToArray();
        var samples = ($"{Samples}, 1, {Size}, {Size}", pixels);
        var path = At("data.npz");
        switch (labels)
        {
            case LabelKind.PixelClasses:
                LearnedModel.Write(path, samples, ($"{Samples}, {Size}, {Size}", Array.ConvertAll(pixels, pixel => (byte)(pixel > 127 ? 1 : 0))));
                break;
            case LabelKind.MultiLabel:
                LearnedModel.Write(path, samples, ($"{Samples}, {Size}", Array.ConvertAll(means, mean => (byte)(mean > 0.5 ? 1 : 0))));
                break;
            default:
                LearnedModel.Write(path, samples, ($"{Samples}, {Size}", MemoryMarshal.AsBytes(Array.ConvertAll(means, mean => (float)mean).AsSpan()).ToArray()), "<f4");
                break;
        }

        return path;
    }

    string WriteModel(LabelKind labels, string path)
    {
        var network = new ModelBuilder(seed: 5);
        var hidden = network.Relu(network.Conv(network.Input("image", "N", 1, Size, Size), 12, 3, padding: 1));
        hidden = network.Relu(network.Conv(hidden, 12, 3, padding: 1));
        var output = labels == LabelKind.PixelClasses ? network.Conv(hidden, 2, 1) : network.Gemm(network.Flatten(hidden), Size);
        var model = network.Build(labels == LabelKind.MultiLabel ? network.Node("Sigmoid", [output]) : output);
        using var module = new GraphModule(model);
        using var data = DataSets.Open(path);
        new Trainer(module, new TrainingRecipe { Epochs = 15, BatchSize = 32, LearningRate = labels == LabelKind.PixelClasses ? 0.5 : 0.05 })
        {
            Outputs = ModelOutput.KindOf(model),
        }.Train(data);
        module.WriteBack();
        model.Write(At("model.onnx"));
        return At("model.onnx");
    }

    string At(string name) => Path.Combine(folder.FullName, name);
}
