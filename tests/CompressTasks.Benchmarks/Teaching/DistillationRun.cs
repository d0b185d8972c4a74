using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Training;

namespace CompressTasks.Benchmarks.Teaching;

/// <summary>One trained network and its accuracy on the test images, in ONNX Runtime.</summary>
/// <param name="Row">What it was trained by; the same for all seeds.</param>
sealed record DistillationPoint(string Row, int Seed, double Accuracy, double Seconds);

/// <summary>A folder of finished points: one whose file is there is not run again, one that was stopped goes on.</summary>
/// <param name="output">Gets a JSON file and a model for each point, and the teachers' answers.</param>
/// <param name="test">What accuracy is measured on.</param>
sealed class DistillationRun(string output, DataSet test)
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    readonly List<DistillationPoint> points = [];

    public TeacherCache Cache { get; } = new(Path.Combine(output, "answers"), "benchmark");

    public string ModelFile(string name) => Path.Combine(output, name + ".onnx");

    /// <summary>Trains a network, or finds it trained.</summary>
    /// <param name="start">Where it starts from.</param>
    /// <param name="teachers">Files of the teachers; none to learn from the labels alone.</param>
    public DistillationPoint Point(string row, int seed, Func<OnnxModel> start, DataSet training, TrainingRecipe recipe, DistillationRecipe? distillation = null, params IReadOnlyList<string> teachers)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{row.Replace(' ', '-').Replace("=", "", StringComparison.Ordinal)}-{seed}");
        var file = Path.Combine(output, name + ".json");
        if (!File.Exists(file)) Train(name, row, seed, start(), training, recipe with { Seed = seed, KeepBest = false }, distillation, teachers);
        var point = JsonSerializer.Deserialize<DistillationPoint>(File.ReadAllText(file), Json)!;
        points.Add(point);
        return point;
    }

    /// <summary>Means over the seeds, with the least and the greatest.</summary>
    public string Table()
    {
        var text = new StringBuilder("| row | seeds | mean | least | most | seconds |\n|---|---:|---:|---:|---:|---:|\n");
        foreach (var row in points.Distinct().GroupBy(point => point.Row))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Key} | {row.Count()} | {100 * row.Average(point => point.Accuracy):0.00} | {100 * row.Min(point => point.Accuracy):0.00} | {100 * row.Max(point => point.Accuracy):0.00} | {row.Average(point => point.Seconds):0} |\n");
        }

        return text.ToString();
    }

    public static long Macs(OnnxModel model) => CostModel.Count(model, ShapeInference.Infer(model, InputShapes.Resolve(model))).Macs;

    void Train(string name, string row, int seed, OnnxModel model, DataSet training, TrainingRecipe recipe, DistillationRecipe? distillation, IReadOnlyList<string> files)
    {
        var clock = Stopwatch.StartNew();
        Teacher[] teachers = [.. files.Select(file => new GraphTeacher(OnnxModel.Read(file)))];
        var checkpoint = Path.Combine(output, name + ".checkpoint");
        using var module = new GraphModule(model);
        new Trainer(module, recipe)
        {
            CheckpointPath = checkpoint,
            Distillation = distillation is null ? null : new(distillation, teachers) { Cache = Cache },
        }.Train(training);
        module.WriteBack();
        model.Write(ModelFile(name));
        foreach (var teacher in teachers) teacher.Dispose();
        var accuracy = RuntimeEvaluation.Measure(ModelFile(name), test, threads: 1).Value;
        File.WriteAllText(Path.Combine(output, name + ".json"), JsonSerializer.Serialize(new DistillationPoint(row, seed, accuracy, clock.Elapsed.TotalSeconds), Json));
        File.Delete(checkpoint);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {100 * accuracy:0.00} %, {clock.Elapsed.TotalSeconds:0} s"));
    }
}
