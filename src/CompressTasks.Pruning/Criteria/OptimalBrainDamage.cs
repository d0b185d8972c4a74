using CompressTasks.Pruning.Coupling;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// Half of second derivative times weight squared: what the loss rises by when a weight goes, at a minimum and with the weights taken as
/// independent (LeCun et al., Optimal Brain Damage, 1990). A unit has the sum over the weights that make it.
/// </summary>
public static class OptimalBrainDamage
{
    /// <param name="diagonal">As <see cref="HessianDiagonal"/> measures it; its absolute value counts, since a negative curvature is no gain far from here.</param>
    /// <returns>By the weight's name, in its shape, not negative; the caller's to dispose.</returns>
    public static IReadOnlyDictionary<string, Tensor> Score(GraphModule module, IReadOnlyDictionary<string, Tensor> diagonal)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return diagonal.ToDictionary(
            pair => pair.Key,
            pair => (pair.Value.abs() * module.Weights[pair.Key].square() * 0.5).DetachFromDisposeScope(),
            StringComparer.Ordinal);
    }

    /// <summary>Sums of elements' scores over the weights that make each unit.</summary>
    /// <returns>One score per unit of <paramref name="graph"/>.</returns>
    public static double[] OfUnits(CouplingGraph graph, IReadOnlyDictionary<string, Tensor> elements)
    {
        var sums = new Dictionary<(string, int), double[]>();
        var scores = new double[graph.Units.Count];
        foreach (var unit in graph.Units)
        {
            foreach (var slice in TaylorCriterion.Makers(unit))
            {
                if (!elements.TryGetValue(slice.Initializer, out var tensor)) continue;
                if (!sums.TryGetValue((slice.Initializer, slice.Axis), out var sum)) sums[(slice.Initializer, slice.Axis)] = sum = AlongAxis(tensor, slice.Axis);
                foreach (var index in slice.Indices) scores[unit.Index] += sum[index];
            }
        }

        return scores;
    }

    static double[] AlongAxis(Tensor tensor, int axis)
    {
        using var scope = NewDisposeScope();
        long[] others = [.. Enumerable.Range(0, (int)tensor.dim()).Where(other => other != axis).Select(other => (long)other)];
        var wide = tensor.to(float64);
        return (others.Length == 0 ? wide : wide.sum(others)).cpu().contiguous().data<double>().ToArray();
    }
}
