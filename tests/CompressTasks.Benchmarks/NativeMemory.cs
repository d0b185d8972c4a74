using System.Diagnostics;
using CompressTasks.Onnx;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Benchmarks;

/// <summary>Native memory must not grow with the number of steps: the garbage collector sees nothing of it.</summary>
static class NativeMemory
{
    public static void Run(int steps)
    {
        const int batch = 32;
        var model = Networks.CifarResNet(8);
        using var module = new GraphModule(model);
        using var data = DataSets.FromTensors("random", rand(512, 3, 32, 32), randint(0, 10, [512], int64));
        var epochs = steps / (512 / batch);
        var recipe = new TrainingRecipe { Epochs = epochs, BatchSize = batch, Augmentation = new Augmentation(Flip: true, Shift: 4), KeepBest = false };
        Console.WriteLine(" step   resident MiB   live tensors");
        new Trainer(module, recipe) { Progress = new Lines(512 / batch, Math.Max(200, steps / 20)) }.Train(data);
    }

    sealed class Lines(int stepsPerEpoch, int lines) : IProgress<TrainingProgress>
    {
        int next;

        public void Report(TrainingProgress value)
        {
            var step = ((value.Epoch - 1) * stepsPerEpoch) + value.Step;
            if (step < next) return;
            next = step + lines;
            using var process = Process.GetCurrentProcess();
            Console.WriteLine(FormattableString.Invariant($"{step,5}   {process.WorkingSet64 / 1048576.0,12:0}   {Tensor.TotalCount,12}"));
        }
    }
}
