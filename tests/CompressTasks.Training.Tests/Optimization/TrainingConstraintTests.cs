using CompressTasks.Training.Tests.Data;
using TorchSharp;
using static CompressTasks.Training.Tests.Optimization.SmallNetworks;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Optimization;

/// <summary>What acts on weights within a step does so in every step, and goes on after a stop as if there had been none.</summary>
public sealed class TrainingConstraintTests : IDisposable
{
    static readonly TrainingRecipe Recipe = new() { Epochs = 4, BatchSize = 16, LearningRate = 0.02 };

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_constraint_acts_before_the_first_step_and_after_each()
    {
        using var data = Bars();
        using var network = Convolutional();
        using var constraint = new Fading(network);
        new Trainer(network, Recipe) { Constraints = [constraint] }.Train(data);
        Assert.Equal(Enumerable.Range(0, 25), constraint.Updates);
        Assert.Equal(24, constraint.Gradients);
    }

    [Fact]
    public void A_stopped_run_goes_on_with_the_state_of_its_constraints()
    {
        using var data = Bars();
        using var validation = Bars(48, seed: 4);
        using var whole = Convolutional();
        using var expected = new Fading(whole);
        new Trainer(whole, Recipe) { Constraints = [expected] }.Train(data, validation);
        for (var stopAt = 2; stopAt < 24; stopAt += 7)
        {
            var checkpoint = Path.Combine(folder.Path, $"{stopAt}.checkpoint");
            using var cancellation = new CancellationTokenSource();
            using var stopped = Convolutional();
            using var first = new Fading(stopped) { StopAt = (stopAt, cancellation.Cancel) };
            Assert.ThrowsAny<OperationCanceledException>(() =>
                new Trainer(stopped, Recipe) { CheckpointPath = checkpoint, Constraints = [first] }.Train(data, validation, cancellation.Token));
            using var resumed = Convolutional();
            using var second = new Fading(resumed);
            new Trainer(resumed, Recipe) { CheckpointPath = checkpoint, Constraints = [second] }.Train(data, validation);
            Assert.Equal(Weights(whole), Weights(resumed));
        }
    }

    [Fact]
    public void Epochs_of_which_a_constraint_disapproves_are_not_the_best()
    {
        using var data = Bars();
        using var network = Convolutional();
        using var constraint = new Fading(network) { KeptFrom = 3 };
        var result = new Trainer(network, Recipe) { Constraints = [constraint] }.Train(data, data);
        Assert.InRange(result.BestEpoch!.Value, 4, 4);
    }

    [Fact]
    public void A_checkpoint_of_other_constraints_is_refused()
    {
        using var data = Bars();
        var checkpoint = Path.Combine(folder.Path, "run.checkpoint");
        using var network = Convolutional();
        using var constraint = new Fading(network);
        new Trainer(network, Recipe) { CheckpointPath = checkpoint, Constraints = [constraint] }.Train(data);
        using var other = Convolutional();
        var error = Assert.Throws<TrainingException>(() => new Trainer(other, Recipe) { CheckpointPath = checkpoint }.Train(data));
        Assert.Equal("CMP0502", error.Code);
    }

    /// <summary>Pulls the last layer towards 0, more so with every step that it has seen.</summary>
    sealed class Fading(nn.Module module) : TrainingConstraint
    {
        readonly Tensor weight = module.parameters().Last(parameter => parameter.dim() == 2);
        readonly Tensor seen = zeros(1).DetachFromDisposeScope();

        public List<int> Updates { get; } = [];

        public int Gradients { get; private set; }

        public int KeptFrom { get; init; }

        public (int Step, Action Stop)? StopAt { get; init; }

        public override string Identity => "fading";

        public override IEnumerable<(string Name, Tensor Value)> State => [("seen", seen)];

        public override bool MayBeKept(TrainingPosition position) => position.Epoch >= KeptFrom;

        public override void AfterBackward(TrainingPosition position) => Gradients++;

        public override void AfterUpdate(TrainingPosition position)
        {
            Updates.Add((int)position.Steps);
            seen.add_(1);
            weight.mul_(1 - (seen * 0.002));
            if (StopAt is { } stop && position.Steps == stop.Step) stop.Stop();
        }

        protected override void Dispose(bool disposing)
        {
            seen.Dispose();
            base.Dispose(disposing);
        }
    }
}
