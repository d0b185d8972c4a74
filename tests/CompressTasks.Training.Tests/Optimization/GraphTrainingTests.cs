using CompressTasks.Onnx;
using CompressTasks.Training.Tests.Data;
using TorchSharp;
using static CompressTasks.Training.Tests.Optimization.SmallNetworks;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Optimization;

public sealed class GraphTrainingTests : IDisposable
{
    static readonly TrainingRecipe Recipe = new() { Epochs = 4, BatchSize = 16, LearningRate = 0.1, Augmentation = new(Shift: 1) };

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_residual_network_from_a_model_file_is_trained_stopped_and_resumed_to_the_same_bytes()
    {
        using var data = Bars();
        using var validation = Bars(48, seed: 4);
        using var whole = Network();
        var result = new Trainer(whole, Recipe).Train(data, validation);
        Assert.InRange(result.BestValidation!.Value, 0.9, 1);

        var checkpoint = Path.Combine(folder.Path, "run.checkpoint");
        using var cancellation = new CancellationTokenSource();
        using (var stopped = Network())
        {
            var cancelAfterTwoEpochs = new Listener(progress =>
            {
                if (progress.Message is not null && progress.Epoch == 2) cancellation.Cancel();
            });
            Assert.ThrowsAny<OperationCanceledException>(() => new Trainer(stopped, Recipe) { CheckpointPath = checkpoint, Progress = cancelAfterTwoEpochs }.Train(data, validation, cancellation.Token));
        }

        using var resumed = Network();
        new Trainer(resumed, Recipe) { CheckpointPath = checkpoint }.Train(data, validation);
        Assert.Equal(Weights(whole), Weights(resumed));
        whole.WriteBack();
        resumed.WriteBack();
        Assert.Equal(whole.Model.Proto, resumed.Model.Proto);
    }

    [Fact]
    public void The_memory_of_a_graph_does_not_grow_from_epoch_to_epoch()
    {
        using var data = Bars();
        using var network = Network();
        var counts = new List<long>();
        // What earlier tests left to the finalizers must not hide a leak.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        new Trainer(network, Recipe with { Epochs = 5 }) { Progress = new Listener(progress => counts.Add(Tensor.TotalCount)) }.Train(data, data);
        Assert.Equal(5, counts.Count);
        Assert.All(counts.Skip(1), count => Assert.True(count <= counts[1], $"{count} tensors, {counts[1]} before"));
    }

    static GraphModule Network()
    {
        var model = Networks.CifarResNet(depth: 8, classes: 3, channels: 1, size: 8, width: 4);
        Simplification.Apply(model);
        return new GraphModule(model);
    }

    sealed class Listener(Action<TrainingProgress> heard) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => heard(value);
    }
}
