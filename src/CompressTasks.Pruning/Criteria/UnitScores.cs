using CompressTasks.Pruning.Coupling;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>From scores of groups and of elements to scores of units.</summary>
public static class UnitScores
{
    /// <summary>Sums of elements' scores over the weights that make each unit.</summary>
    /// <param name="elements">By the weight's name, in its shape.</param>
    /// <returns>One score per unit.</returns>
    public static double[] FromElements(CouplingGraph graph, IReadOnlyDictionary<string, Tensor> elements) => UnitSums.Over(
        graph,
        unit => unit.Makers,
        (name, axis) => elements.TryGetValue(name, out var tensor) ? AlongAxis(tensor, axis) : null);

    /// <param name="values">Float64, one number per unit of the group.</param>
    internal static void Put(UnitGroup group, Tensor values, double[] scores)
    {
        var numbers = values.data<double>();
        for (var i = 0; i < group.Units.Count; i++) scores[group.Units[i]] = numbers[i];
    }

    static double[] AlongAxis(Tensor tensor, int axis)
    {
        using var scope = NewDisposeScope();
        long[] others = [.. Enumerable.Range(0, (int)tensor.dim()).Where(other => other != axis).Select(other => (long)other)];
        var wide = tensor.to(float64);
        return (others.Length == 0 ? wide : wide.sum(others)).cpu().contiguous().data<double>().ToArray();
    }
}
