using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Benchmarks.Teaching;

/// <summary>ResNet-20 (stride 2, 10.2 M multiply-accumulates, 86.7 %) teaches a ResNet-8 of half its width and 8 % of its cost.</summary>
static class DistillCifar
{
    const int TransferSamples = 20_000;

    static readonly long[] Input = [-1, 3, 32, 32];

    static readonly TrainingRecipe Learning = new() { Epochs = 6, LearningRate = 0.1, Nesterov = true, WeightDecay = 1e-4, GradientClip = 1, Schedule = LearningRateSchedule.OneCycle };

    /// <summary>Further teachers are cheap: the reference, trained on with another seed.</summary>
    static readonly TrainingRecipe Further = Learning with { Epochs = 3, Augmentation = new(Flip: true, Shift: 4) };

    /// <param name="reference">The first teacher.</param>
    public static void Run(string data, string output, string reference)
    {
        Directory.CreateDirectory(output);
        var batches = string.Join(';', Enumerable.Range(1, 5).Select(number => Path.Combine(data, FormattableString.Invariant($"data_batch_{number}.bin"))));
        using var whole = DataSets.Open(batches);
        using var measured = DataSets.Open(Path.Combine(data, "test_batch.bin"));
        var (all, test) = (whole.EnsureFits(Input), measured.EnsureFits(Input));
        int[] transfer = [.. Enumerable.Range(0, TransferSamples)];
        using var images = all.Subset(transfer).Read([.. transfer]);
        using var unlabelled = DataSets.FromTensors("unlabelled", images.Inputs);
        var run = new DistillationRun(output, test);
        long teacherMacs = DistillationRun.Macs(OnnxModel.Read(reference)), studentMacs = DistillationRun.Macs(Student(1));
        Console.WriteLine(FormattableString.Invariant($"teacher {teacherMacs} MACs, student {studentMacs} ({100.0 * studentMacs / teacherMacs:0.0} %)"));

        string Teacher(int number)
        {
            if (number == 1) return reference;
            run.Point("teacher", number, () => OnnxModel.Read(reference), all.Subset(transfer), Further);
            return run.ModelFile(FormattableString.Invariant($"teacher-{number}"));
        }

        new StudentRows(run, Student, all.Subset(transfer), unlabelled, Learning, Teacher).Run();
    }

    static OnnxModel Student(int seed) => Networks.CifarResNet(8, seed, width: 8, stride: 2);
}
