using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Benchmarks.Teaching;

/// <summary>A small student trained equally long by every way of learning, for three seeds.</summary>
/// <param name="student">Fresh, by seed.</param>
/// <param name="training">The transfer set.</param>
/// <param name="unlabelled">The same without labels.</param>
/// <param name="teachers">Three files; the last two are made where they are first needed.</param>
sealed class StudentRows(DistillationRun run, Func<int, OnnxModel> student, DataSet training, DataSet unlabelled, TrainingRecipe recipe, Func<int, string> teachers)
{
    const int Seeds = 3;

    static readonly DistillationRecipe Soft = new() { Temperature = 4, Alpha = 0.9 };

    /// <summary>Rows that decide come first, so that a run that is stopped has them.</summary>
    public void Run()
    {
        Row("dense from scratch", training, null);
        Row("T=4", training, Soft);
        Row("unlabelled T=4", unlabelled, Soft);
        Row("T=2", training, Soft with { Temperature = 2 });
        Row("T=1", training, Soft with { Temperature = 1 });
        Row("T=8", training, Soft with { Temperature = 8 });
        Row("DKD T=4", training, Soft with { Method = DistillationMethod.Decoupled });
        Row("attention and T=4", training, Soft with { Features = [new() { Kind = FeatureKind.Attention }] });
        Row("features and T=4", training, Soft with { Features = [new()] });
        Row("two teachers T=4", training, Soft, 2);
        Row("three teachers T=4", training, Soft, 3);
    }

    void Row(string name, DataSet data, DistillationRecipe? distillation, int count = 1)
    {
        string[] files = distillation is null ? [] : [.. Enumerable.Range(1, count).Select(teachers)];
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var own = seed;
            run.Point(name, seed, () => student(own), data, recipe, distillation, files);
        }

        Console.WriteLine(run.Table());
    }
}
