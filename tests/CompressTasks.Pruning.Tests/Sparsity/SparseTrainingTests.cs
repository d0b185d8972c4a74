using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Sparsity;

/// <summary>What is pruned stays zero, in the number that was asked for, and a stopped training goes on as if it had not been.</summary>
public sealed class SparseTrainingTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("compress-sparse");
    readonly DataSet data = SparseSubject.Bars();

    public void Dispose()
    {
        data.Dispose();
        folder.Delete(recursive: true);
    }

    public static TheoryData<string> Constraints => ["fixed", "gradual", "splice", "movement", "taylor", "random", "pattern", "SET", "RigL"];

    [Theory]
    [MemberData(nameof(Constraints))]
    public void Pruned_weights_are_zero_at_the_end_and_as_many_as_were_asked_for(string name)
    {
        using var subject = new SparseSubject();
        var before = subject.Bytes();
        using var constraint = Make(name, subject);

        subject.Train(data, constraint);

        var kept = constraint.Masks.Kept;
        Assert.InRange(kept, name == "pattern" ? 1040 : 200, name == "pattern" ? 1060 : 204); // 10 % of 2034; the first convolution has one input
        // A weight that came back at random stays at 0 where it gets no gradient.
        Assert.InRange(subject.Zeros(), constraint.Masks.Weights - kept, constraint.Masks.Weights - kept + (name == "SET" ? 80 : 0));
        constraint.Masks.Apply(subject.Module);
        Assert.InRange(subject.Zeros(), constraint.Masks.Weights - kept, constraint.Masks.Weights - kept + (name == "SET" ? 80 : 0));
        Assert.NotEqual(before, subject.Bytes());
    }

    [Theory]
    [MemberData(nameof(Constraints))]
    public void A_stopped_training_goes_on_to_the_same_bytes(string name)
    {
        using var whole = new SparseSubject();
        using (var constraint = Make(name, whole)) whole.Train(data, constraint);
        foreach (var stop in (int[])[1, 7, 12, 17, 23])
        {
            var checkpoint = Path.Combine(folder.FullName, $"{name}-{stop}.checkpoint");
            using var cancellation = new CancellationTokenSource();
            using var stopped = new SparseSubject();
            using (var constraint = Make(name, stopped))
            using (var brake = new Brake(stop, cancellation))
            {
                Assert.ThrowsAny<OperationCanceledException>(() =>
                    new Trainer(stopped.Module, SparseSubject.Recipe) { CheckpointPath = checkpoint, Constraints = [constraint, brake] }.Train(data, null, cancellation.Token));
            }

            using var resumed = new SparseSubject();
            using (var constraint = Make(name, resumed))
            using (var brake = new Brake(-1, cancellation))
            {
                new Trainer(resumed.Module, SparseSubject.Recipe) { CheckpointPath = checkpoint, Constraints = [constraint, brake] }.Train(data);
            }

            Assert.Equal(whole.Bytes(), resumed.Bytes());
        }
    }

    [Fact]
    public void An_epoch_before_the_target_is_reached_is_not_kept()
    {
        using var subject = new SparseSubject();
        using var constraint = Make("gradual", subject);
        var result = new Trainer(subject.Module, SparseSubject.Recipe with { KeepBest = true }) { Constraints = [constraint] }.Train(data, data);
        Assert.True(result.BestEpoch >= 3);
        Assert.Equal(constraint.Masks.Weights - constraint.Masks.Kept, subject.Zeros());
    }

    [Fact]
    public void A_schedule_prunes_more_and_more_and_never_takes_back_without_splicing()
    {
        using var subject = new SparseSubject();
        using var constraint = new GradualMask(subject.Module, subject.Plan(), Criterion.L2, PruningSchedule.Cubic, 0.1, 6, 1);
        using var watch = new Watch(constraint);
        subject.Train(data, constraint, watch);

        var expected = Enumerable.Range(1, 6).Select(step => Math.Round(PruningSchedule.Cubic.Left(step / 6.0, 0.1) * 2034)).ToArray();
        Assert.Equal(expected, watch.Kept.Distinct().Select(kept => (double)kept));
        Assert.Equal(0, watch.CameBack);
    }

    [Fact]
    public void Spliced_weights_come_back_once_they_have_grown()
    {
        using var subject = new SparseSubject();
        using var constraint = new GradualMask(subject.Module, subject.Plan(), Criterion.L1, PruningSchedule.Cubic, 0.1, 12, 1, splices: true);
        using var watch = new Watch(constraint);
        subject.Train(data, constraint, watch);
        Assert.True(watch.CameBack > 0);
    }

    [Fact]
    public void RigL_lets_the_largest_gradients_come_back_at_zero_and_the_smallest_weights_go()
    {
        using var subject = new SparseSubject();
        var matrix = subject.Matrices[1];
        using var constraint = (ChangingTopology)Make("RigL", subject);
        constraint.AfterUpdate(new TrainingPosition(0, 0, 6, 4));
        var (weights, mask) = (subject.Values(matrix.Name), Mask(constraint, matrix.Name));
        foreach (var weight in subject.Module.parameters()) weight.grad = randn_like(weight);
        using var gradient = subject.Module.Weights[matrix.Name].grad!.clone();
        var gradients = gradient.contiguous().data<float>().ToArray();

        var position = Enumerable.Range(1, 17).Select(step => new TrainingPosition(step / 6, step % 6, 6, 4)).First(position => new UpdateSteps(5).IsDue(position));
        constraint.AfterBackward(position);
        constraint.AfterUpdate(position);

        var after = Mask(constraint, matrix.Name);
        var moved = (int)(ChangingTopology.FirstShare / 2 * (1 + Math.Cos(Math.PI * UpdateSteps.Done(position))) * mask.Count(kept => kept == 1));
        var smallest = Enumerable.Range(0, mask.Length).Where(i => mask[i] == 1).OrderBy(i => Math.Abs(weights[i])).Take(moved).ToHashSet();
        var free = Enumerable.Range(0, mask.Length).Where(i => mask[i] == 0 || smallest.Contains(i));
        var expected = free.OrderByDescending(i => Math.Abs(gradients[i])).Take(moved).Concat(Enumerable.Range(0, mask.Length).Where(i => mask[i] == 1 && !smallest.Contains(i))).ToHashSet();
        Assert.True(moved > 0);
        Assert.Equal(expected.Order(), Enumerable.Range(0, mask.Length).Where(i => after[i] == 1));
        var values = subject.Values(matrix.Name);
        Assert.All(Enumerable.Range(0, mask.Length).Where(i => mask[i] == 0 || smallest.Contains(i)), i => Assert.Equal(0, values[i]));
    }

    [Fact]
    public void Gradient_scores_are_those_of_their_papers()
    {
        using var subject = new SparseSubject();
        var name = subject.Matrices[2].Name;
        var weights = subject.Values(name);
        using var ones = ones_like(subject.Module.Weights[name], requires_grad: false);
        foreach (var (criterion, expected) in ((Criterion, Func<float, double>)[])
            [(Criterion.Taylor, w => 5 * w * w), (Criterion.GradientTimesWeight, w => Math.Abs(w)), (Criterion.Movement, w => w)])
        {
            using var scope = NewDisposeScope();
            using var scores = new GradientScores(criterion, subject.Module, subject.Matrices);
            // Gradients of 1 and -2 for every weight.
            foreach (var factor in (double[])[1, -2])
            {
                subject.Module.Weights[name].grad = ones * factor;
                scores.Add(subject.Module);
            }

            Assert.Equal(weights.Select(weight => (float)expected(weight)), scores.Scores()[name].contiguous().data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        }
    }

    [Fact]
    public void A_mask_is_found_again_in_the_zeros_that_it_made()
    {
        using var subject = new SparseSubject();
        using var constraint = Make("fixed", subject);
        constraint.AfterUpdate(default);
        using var found = WeightMasks.OfZeros(subject.Module, [.. subject.Matrices.Select(matrix => matrix.Name), "gone"]);
        Assert.Equal(constraint.Masks.Kept, found.Kept);
    }

    static FixedMask Make(string name, SparseSubject subject)
    {
        const double density = 0.1;
        GradualMask Gradual(Criterion criterion, bool splices = false) => new(subject.Module, subject.Plan(), criterion, PruningSchedule.Cubic, density, 5, 1, splices);
        switch (name)
        {
            case "gradual": return Gradual(Criterion.L2);
            case "splice": return Gradual(Criterion.L2, splices: true);
            case "movement": return Gradual(Criterion.Movement);
            case "taylor": return Gradual(Criterion.Taylor);
            case "random": return Gradual(Criterion.Random);
            case "pattern": return new GradualMask(subject.Module, subject.Plan("2:4"), Criterion.L2, PruningSchedule.Linear, 0.5, 3, 1);
        }

        using var scope = NewDisposeScope();
        var masks = subject.Full();
        subject.Plan().Select(ElementScores.OfWeights(Criterion.Random, subject.Matrices, subject.Weights, 1, 0), density, masks);
        return name switch
        {
            "SET" => new ChangingTopology(subject.Module, masks, Regrowth.Random, 5, 1),
            "RigL" => new ChangingTopology(subject.Module, masks, Regrowth.Gradient, 5, 1),
            _ => new FixedMask(subject.Module, masks),
        };
    }

    static float[] Mask(FixedMask constraint, string name)
    {
        using var scope = NewDisposeScope();
        return constraint.Masks.Masks[name].contiguous().data<float>().ToArray();
    }

    /// <summary>Stops the training after a step.</summary>
    sealed class Brake(int step, CancellationTokenSource cancellation) : TrainingConstraint
    {
        public override string Identity => "brake";

        public override void AfterUpdate(TrainingPosition position)
        {
            if (position.Steps == step) cancellation.Cancel();
        }
    }

    /// <summary>Writes down how many weights were kept, and how many came back.</summary>
    sealed class Watch(FixedMask watched) : TrainingConstraint
    {
        float[]? before;

        public List<long> Kept { get; } = [];

        public int CameBack { get; private set; }

        public override string Identity => "watch";

        public override void AfterUpdate(TrainingPosition position)
        {
            Kept.Add(watched.Masks.Kept);
            float[] now = [.. watched.Masks.Masks.Keys.SelectMany(name => Mask(watched, name))];
            if (before is not null) CameBack += now.Zip(before).Count(pair => pair.First > pair.Second);
            before = now;
        }
    }
}
