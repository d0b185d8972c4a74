using System.Diagnostics;
using System.Security.Cryptography;
using CompressTasks.Onnx;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Benchmarks;

/// <summary>
/// A training in a process of its own that is killed at random moments and started again each time, against one that is left alone: the two models have to be the
/// same byte for byte. The recipe has everything whose state a checkpoint keeps.
/// </summary>
static class KilledTraining
{
    static readonly TrainingRecipe Recipe = new()
    {
        Epochs = 12,
        BatchSize = 16,
        Accumulation = 2,
        LearningRate = 0.05,
        Schedule = LearningRateSchedule.Plateau,
        PlateauPatience = 1,
        PlateauFactor = 0.7,
        Averaging = new AveragingRecipe { Kind = AveragingKind.Exponential, Decay = 0.99 },
        Augmentation = new Augmentation(Flip: true, Shift: 4, Mixup: 0.2),
    };

    /// <param name="kills">How often the process is killed.</param>
    /// <param name="seed">Of the moments.</param>
    public static void Run(int kills, int seed)
    {
        var folder = Directory.CreateTempSubdirectory("compress-kill").FullName;
        try
        {
            var clock = Stopwatch.StartNew();
            var undisturbed = Path.Combine(folder, "undisturbed");
            using (var child = Start(undisturbed)) child.WaitForExit();
            var seconds = clock.Elapsed.TotalSeconds;
            Console.WriteLine(FormattableString.Invariant($"undisturbed: {seconds:0.0} s, {Hash(undisturbed)}"));

            var killed = Path.Combine(folder, "killed");
            var moments = new Random(seed);
            var done = 0;
            while (done < kills && !File.Exists(killed + ".onnx"))
            {
                using var child = Start(killed);
                // From the first instruction on: loading, reading the checkpoint, training and writing are all hit.
                var pause = TimeSpan.FromSeconds(moments.NextDouble() * 3 * seconds / kills) + (moments.Next(4) > 0 ? Loading : TimeSpan.Zero);
                if (child.WaitForExit(pause)) break;
                child.Kill();
                child.WaitForExit();
                done++;
                Console.WriteLine(FormattableString.Invariant($"killed {done,3} after {pause.TotalSeconds:0.00} s, checkpoint {Position(killed)}"));
            }

            using (var child = Start(killed)) child.WaitForExit();
            Console.WriteLine(FormattableString.Invariant($"killed {done} times: {Hash(killed)}, {(Hash(killed) == Hash(undisturbed) ? "the same bytes" : "OTHER BYTES")}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What the child process does.</summary>
    /// <param name="path">Of checkpoint and model, without their extensions.</param>
    public static void Train(string path)
    {
        var model = Networks.CifarResNet(8, channels: 3, size: 16, width: 8);
        Simplification.Apply(model);
        random.manual_seed(1);
        using var training = DataSets.FromTensors("random", rand(1024, 3, 16, 16), randint(0, 10, [1024], int64));
        using var validation = DataSets.FromTensors("random", rand(256, 3, 16, 16), randint(0, 10, [256], int64));
        using var module = new GraphModule(model);
        new Trainer(module, Recipe) { CheckpointPath = path + ".checkpoint", CheckpointInterval = TimeSpan.FromSeconds(0.1) }.Train(training, validation);
        module.WriteBack();
        model.Write(path + ".onnx");
    }

    /// <summary>About what a process takes before its first step.</summary>
    static TimeSpan Loading => TimeSpan.FromSeconds(2);

    static Process Start(string path) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Host, "kill-child", path]))!;

    /// <summary>The program is a library where the host is dotnet itself.</summary>
    static string[] Host => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(KilledTraining).Assembly.Location] : [];

    static string Position(string path) => File.Exists(path + ".checkpoint") ? FormattableString.Invariant($"of {new FileInfo(path + ".checkpoint").Length} bytes") : "not yet written";

    static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path + ".onnx")))[..16];
}
