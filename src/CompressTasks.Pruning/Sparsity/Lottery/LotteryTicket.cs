using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>Trains a module from its present weights, under constraints, in the same way each time that it is called.</summary>
/// <param name="name">Tells one training from the others, for checkpoints and progress.</param>
public delegate TrainingResult TicketTraining(GraphModule module, IReadOnlyList<TrainingConstraint> constraints, string name);

/// <summary>
/// Iterative magnitude pruning with rewinding: train, prune the smallest weights, put the others back to what they were at the start or
/// early in the first training, and again (Frankle and Carbin, The Lottery Ticket Hypothesis, 2019; rewinding to an early epoch: Frankle
/// et al., Linear Mode Connectivity and the Lottery Ticket Hypothesis, 2020). Every training is a whole one.
/// </summary>
/// <param name="plan">How magnitudes become masks.</param>
/// <param name="density">Share of the weights that is left in the end.</param>
/// <param name="rounds">Prunings; each leaves what <paramref name="schedule"/> says.</param>
/// <param name="rewind">Epochs of the first training to which weights go back; 0 is its start.</param>
public sealed class LotteryTicket(MaskPlan plan, double density, int rounds, double rewind, PruningSchedule schedule = PruningSchedule.Exponential)
{
    /// <summary>Finds the ticket and leaves the module trained under it.</summary>
    /// <param name="module">With the weights that the network starts from.</param>
    /// <param name="train">Called <paramref name="rounds"/> + 1 times, the first time without masks.</param>
    /// <returns>The masks, the caller's, and the result of every training in turn.</returns>
    public (WeightMasks Masks, IReadOnlyList<TrainingResult> Trainings) Find(GraphModule module, TicketTraining train)
    {
        using var start = new RewindPoint(module, rewind);
        var masks = WeightMasks.Full(module, plan.Matrices.Select(matrix => matrix.Name));
        var trainings = new List<TrainingResult> { train(module, [start], "dense") };
        using var fixedMask = new FixedMask(module, masks, owns: false);
        for (var round = 1; round <= rounds; round++)
        {
            Prune(module, masks, schedule.Left((double)round / rounds, density));
            start.Restore();
            masks.Apply(module);
            trainings.Add(train(module, [fixedMask], FormattableString.Invariant($"round-{round}")));
        }

        return (masks, trainings);
    }

    /// <summary>Trains the ticket's masks from the module's own weights: drawn anew, they are what the ticket's start is to be compared with.</summary>
    public static TrainingResult TrainOtherWeights(GraphModule module, WeightMasks masks, TicketTraining train)
    {
        masks.Apply(module);
        using var fixedMask = new FixedMask(module, masks, owns: false);
        return train(module, [fixedMask], "random");
    }

    void Prune(GraphModule module, WeightMasks masks, double left)
    {
        using var scope = NewDisposeScope();
        var weights = plan.Matrices.ToDictionary(matrix => matrix.Name, matrix => (Tensor)module.Weights[matrix.Name], StringComparer.Ordinal);
        var scores = ElementScores.OfWeights(Criterion.L2, plan.Matrices, weights, seed: 0, stream: 0);
        foreach (var matrix in plan.Matrices) scores[matrix.Name].masked_fill_(masks.Masks[matrix.Name].eq(0), double.NegativeInfinity);
        plan.Select(scores, left, masks);
    }
}
