using System.Numerics.Tensors;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Criteria;

/// <summary>L2 norm over all coupled slices of a unit, trainable weights only (running statistics are not weights).</summary>
public static class MagnitudeCriterion
{
    /// <returns>One score per unit, not negative.</returns>
    public static double[] Score(CouplingGraph graph, CancellationToken cancellation = default)
    {
        var trainable = WeightRoles.Of(graph.Model.Graph).Weights;
        var weights = graph.Model.Graph.Initializer
            .Where(tensor => trainable.Contains(tensor.Name))
            .ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var sums = new Dictionary<(string, int), double[]>();
        var scores = new double[graph.Units.Count];
        foreach (var unit in graph.Units)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var slice in unit.Slices)
            {
                if (!weights.TryGetValue(slice.Initializer, out var weight)) continue;
                if (!sums.TryGetValue((slice.Initializer, slice.Axis), out var sum))
                {
                    sums[(slice.Initializer, slice.Axis)] = sum = SquaresByIndex(weight, slice.Axis);
                }

                foreach (var index in slice.Indices) scores[unit.Index] += sum[index];
            }
        }

        for (var i = 0; i < scores.Length; i++) scores[i] = Math.Sqrt(scores[i]);
        return scores;
    }

    /// <summary>Sum of squares of the elements at each index of the axis.</summary>
    static double[] SquaresByIndex(TensorProto weight, int axis)
    {
        var values = weight.AsFloats();
        var length = (int)weight.Dims[axis];
        var inner = 1;
        for (var i = axis + 1; i < weight.Dims.Count; i++) inner *= (int)weight.Dims[i];
        var sums = new double[length];
        for (int start = 0, index = 0; start < values.Length; start += inner, index = index + 1 == length ? 0 : index + 1)
        {
            sums[index] += TensorPrimitives.SumOfSquares(values.Slice(start, inner));
        }

        return sums;
    }
}
