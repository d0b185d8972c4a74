using CompressTasks.Onnx;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Benchmarks.Teaching;

/// <summary>LeNet-5 teaches a convolutional student of 5 % of its multiply-accumulates; and a digit that the student never sees.</summary>
static class DistillMnist
{
    const int TransferSamples = 20_000, LeftOut = 3;

    static readonly long[] Input = [-1, 1, 28, 28];

    static readonly TrainingRecipe Teaching = new() { Epochs = 10, LearningRate = 0.1, Nesterov = true, WeightDecay = 5e-4, Schedule = LearningRateSchedule.OneCycle };

    /// <summary>The second and the third teacher are cheaper ones.</summary>
    static readonly TrainingRecipe Further = Teaching with { Epochs = 4 };

    /// <summary>At a temperature the first gradients are larger than those of labels; the same limit holds for all rows.</summary>
    static readonly TrainingRecipe Learning = Teaching with { Epochs = 8, LearningRate = 0.05, WeightDecay = 1e-4, GradientClip = 1 };

    public static void Run(string data, string output)
    {
        Directory.CreateDirectory(output);
        var images = Path.Combine(data, "train-images-idx3-ubyte");
        using var whole = DataSets.Open(images);
        using var bare = DataSets.Open(images + "?labels=none");
        using var measured = DataSets.Open(Path.Combine(data, "t10k-images-idx3-ubyte"));
        var (all, unlabelled, test) = (whole.EnsureFits(Input), bare.EnsureFits(Input), measured.EnsureFits(Input));
        int[] transfer = [.. Enumerable.Range(0, TransferSamples)];
        var run = new DistillationRun(output, test);
        long teacherMacs = DistillationRun.Macs(Networks.LeNet5()), studentMacs = DistillationRun.Macs(Student(1));
        Console.WriteLine(FormattableString.Invariant($"teacher {teacherMacs} MACs, student {studentMacs} ({100.0 * studentMacs / teacherMacs:0.0} %)"));

        string Teacher(int number)
        {
            run.Point("teacher", number, () => Networks.LeNet5(number), all, number == 1 ? Teaching : Further);
            return run.ModelFile(FormattableString.Invariant($"teacher-{number}"));
        }

        new StudentRows(run, Student, all.Subset(transfer), unlabelled.Subset(transfer), Learning, Teacher).Run();
        WithoutOneDigit(run, all, unlabelled, test, transfer, Teacher(1));
    }

    /// <summary>
    /// Hinton, Vinyals and Dean 2015, section 3: no 3 is in the transfer set; then the bias of that class is raised by what is best on images beside it.
    /// </summary>
    static void WithoutOneDigit(DistillationRun run, DataSet all, DataSet unlabelled, DataSet test, int[] transfer, string teacher)
    {
        var row = FormattableString.Invariant($"no {LeftOut} in the transfer set, T=4");
        var others = unlabelled.Subset([.. ClassesOf(all, transfer).Index().Where(entry => entry.Item != LeftOut).Select(entry => transfer[entry.Index])]);
        var chosenOn = all.Subset([.. Enumerable.Range(TransferSamples, 5000)]);
        for (var seed = 1; seed <= 3; seed++)
        {
            var own = seed;
            run.Point(row, seed, () => Student(own), others, Learning, new() { Temperature = 4 }, teacher);
            using var scope = NewDisposeScope();
            using var module = new GraphModule(OnnxModel.Read(run.ModelFile(FormattableString.Invariant($"no-{LeftOut}-in-the-transfer-set,-T4-{seed}"))));
            module.eval();
            var bias = Enumerable.Range(0, 101).Select(step => step / 10.0).MaxBy(raised => Accuracy(module, chosenOn, raised).All);
            var (before, after) = (Accuracy(module, test, 0), Accuracy(module, test, bias));
            Console.WriteLine(FormattableString.Invariant($"seed {seed}: of the {LeftOut}s {before.OfDigit:P2}, all {before.All:P2}; with the bias of {LeftOut} raised by {bias:0.0}: {after.OfDigit:P2}, all {after.All:P2}"));
        }
    }

    static (double All, double OfDigit) Accuracy(GraphModule module, DataSet data, double raised)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var batch = data.Read([.. Enumerable.Range(0, data.Count)]);
        var logits = module.forward(batch.Inputs).clone();
        logits.select(1, LeftOut).add_(raised);
        var right = logits.argmax(1).eq(batch.Labels!).to(ScalarType.Float64);
        return (right.mean().item<double>(), right.masked_select(batch.Labels!.eq(LeftOut)).mean().item<double>());
    }

    static long[] ClassesOf(DataSet data, int[] indices)
    {
        using var batch = data.Subset(indices).Read([.. Enumerable.Range(0, indices.Length)]);
        return batch.Labels!.data<long>().ToArray();
    }

    /// <summary>LeNet-5 with widths 4, 8 and 32 and a ReLU behind every layer.</summary>
    static OnnxModel Student(int seed)
    {
        var b = new ModelBuilder(seed, name: "student");
        var x = b.MaxPool(b.Relu(b.Conv(b.Input("input", "N", 1, 28, 28), 4, 5)), 2, 2);
        x = b.MaxPool(b.Relu(b.Conv(x, 8, 5)), 2, 2);
        return b.Build(b.Gemm(b.Relu(b.Gemm(b.Flatten(x), 32)), 10, gain: 0.577, name: "logits"));
    }
}
