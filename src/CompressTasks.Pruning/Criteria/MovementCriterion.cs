using CompressTasks.Pruning.Coupling;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// Adds up -gradient x weight over the steps of a training: above zero for a weight that training moves away from zero (Sanh et al., Movement
/// Pruning: Adaptive Sparsity by Fine-Tuning, 2020).
/// </summary>
public sealed class MovementRecord : TrainingConstraint
{
    readonly GraphModule module;
    readonly Dictionary<string, Tensor> sums = new(StringComparer.Ordinal);

    public MovementRecord(GraphModule module)
    {
        this.module = module;
        using var noGradient = no_grad();
        foreach (var (name, weight) in module.Weights) sums[name] = zeros_like(weight).DetachFromDisposeScope();
    }

    public override string Identity => "movement";

    public override IEnumerable<(string Name, Tensor Value)> State => sums.OrderBy(sum => sum.Key, StringComparer.Ordinal).Select(sum => (sum.Key, sum.Value));

    /// <summary>The sum of each weight's elements so far, by initializer, in the weight's shape.</summary>
    public IReadOnlyDictionary<string, Tensor> Sums => sums;

    public override void AfterBackward(TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (name, sum) in sums)
        {
            var weight = module.Weights[name];
            if (weight.grad is { } gradient) sum.addcmul_(gradient, weight, -1);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var sum in sums.Values) sum.Dispose();
    }
}

/// <summary>Scores units by what a <see cref="MovementRecord"/> saw.</summary>
public static class MovementCriterion
{
    /// <param name="sums">Of the weights of the analysed model.</param>
    /// <returns>One score per unit; the lowest of every group is 0, since only differences within it mean something.</returns>
    public static double[] Score(CouplingGraph graph, IReadOnlyDictionary<string, Tensor> sums, CancellationToken cancellation = default)
    {
        var scores = UnitSums.Over(
            graph,
            unit => unit.Makers,
            (name, axis) => sums.TryGetValue(name, out var sum) ? LossGradients.SumsByIndex(sum, axis) : null,
            cancellation);
        foreach (var group in graph.Groups)
        {
            var lowest = group.Units.Min(unit => scores[unit]);
            foreach (var unit in group.Units) scores[unit] -= lowest;
        }

        return scores;
    }
}
