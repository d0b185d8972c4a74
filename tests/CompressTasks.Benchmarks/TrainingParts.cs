using System.Diagnostics;
using CompressTasks.Onnx;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Benchmarks;

/// <summary>Where the time of a training step goes: the parts of one step by themselves, and a whole training with data and augmentation beside them.</summary>
static class TrainingParts
{
    const int Batch = 128, Rounds = 5;

    public static void Run(int steps)
    {
        var model = Networks.CifarResNet(20);
        using var data = DataSets.FromTensors("random", randint(0, 256, [Batch * steps, 3, 32, 32], ScalarType.Byte), randint(0, 10, [Batch * steps], int64));
        var recipe = new TrainingRecipe { Epochs = 1, BatchSize = Batch, Augmentation = new(Flip: true, Shift: 4), KeepBest = false };
        using var trained = new GraphModule(model);
        new Trainer(trained, recipe).Train(data.Subset([.. Enumerable.Range(0, Batch)]));
        var rounds = Enumerable.Range(0, Rounds).Select(_ =>
        {
            var clock = Stopwatch.StartNew();
            new Trainer(trained, recipe).Train(data);
            return (Whole: clock.Elapsed.TotalMilliseconds / steps, Parts: Step(trained, steps), Convolutions: Convolutions(model, steps));
        }).ToArray();
        double Median(Func<(double Whole, (double Forward, double Backward, double Update) Parts, (double Forward, double Backward) Convolutions), double> of) => rounds.Select(of).Order().ElementAt(Rounds / 2);
        void Line(string what, double time) => Console.WriteLine(FormattableString.Invariant($"| {what} | {time:0.0} ms |"));
        Line("whole step of Trainer: data, flip and shift included", Median(round => round.Whole));
        Line("forward and loss", Median(round => round.Parts.Forward));
        Line("  its convolutions alone", Median(round => round.Convolutions.Forward));
        Line("backward", Median(round => round.Parts.Backward));
        Line("  its convolutions alone", Median(round => round.Convolutions.Backward));
        Line("update of the weights", Median(round => round.Parts.Update));
        Line("what is left: reading, augmentation, control", Median(round => round.Whole - round.Parts.Forward - round.Parts.Backward - round.Parts.Update));
    }

    static (double Forward, double Backward, double Update) Step(GraphModule module, int steps)
    {
        using var optimizer = optim.SGD(module.parameters(), 0.01, 0.9, weight_decay: 5e-4);
        using var inputs = rand(Batch, 3, 32, 32);
        using var labels = randint(0, 10, [Batch], int64);
        module.train();
        var (forward, backward, update) = (new Stopwatch(), new Stopwatch(), new Stopwatch());
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            module.zero_grad();
            forward.Start();
            var loss = functional.cross_entropy(module.forward(inputs), labels);
            forward.Stop();
            backward.Start();
            loss.backward();
            backward.Stop();
            update.Start();
            optimizer.step();
            update.Stop();
        }

        return (forward.Elapsed.TotalMilliseconds / steps, backward.Elapsed.TotalMilliseconds / steps, update.Elapsed.TotalMilliseconds / steps);
    }

    /// <summary>Every convolution of the network by itself, channels last as in the network.</summary>
    static (double Forward, double Backward) Convolutions(OnnxModel model, int steps)
    {
        var shapes = ShapeInference.Infer(model, new Dictionary<string, long[]> { ["input"] = [Batch, 3, 32, 32] });
        var (forward, backward) = (new Stopwatch(), new Stopwatch());
        foreach (var node in model.Graph.Node.Where(node => node.OpType == "Conv"))
        {
            using var scope = NewDisposeScope();
            long[] Shape(string name) => shapes.TryGetKnown(name, out var shape) ? shape : throw new InvalidOperationException($"The shape of {name} is not known.");
            var (given, kernel, made) = (Shape(node.Input[0]), Shape(node.Input[1]), Shape(node.Output[0]));
            var input = Nhwc(given).requires_grad_(given[1] > 3);
            var weight = Nhwc(kernel).requires_grad_();
            var gradient = Nhwc(made);
            var stride = given[2] / made[2];
            for (var step = -1; step < steps; step++)
            {
                using var inner = NewDisposeScope();
                if (step >= 0) forward.Start();
                var output = functional.conv2d(input, weight, strides: [stride, stride], padding: [kernel[2] / 2, kernel[3] / 2]);
                forward.Stop();
                if (step >= 0) backward.Start();
                output.backward([gradient]);
                backward.Stop();
            }
        }

        return (forward.Elapsed.TotalMilliseconds / steps, backward.Elapsed.TotalMilliseconds / steps);
    }

    /// <summary>Laid out channels last.</summary>
    static Tensor Nhwc(long[] shape) => rand(shape[0], shape[2], shape[3], shape[1]).permute(0, 3, 1, 2);
}
