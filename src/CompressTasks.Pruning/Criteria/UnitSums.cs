using System.Numerics.Tensors;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Criteria;

/// <summary>Adds up something that every weight element has over the slices of each unit.</summary>
static class UnitSums
{
    public delegate double Reduction(ReadOnlySpan<float> values);

    /// <param name="slicesOf">Which slices of a unit count.</param>
    /// <param name="sumsByIndex">Sums over all other axes at each index of an axis of an initializer; null where it does not count.</param>
    /// <returns>One sum per unit.</returns>
    public static double[] Over(
        CouplingGraph graph,
        Func<PruningUnit, IEnumerable<WeightSlice>> slicesOf,
        Func<string, int, double[]?> sumsByIndex,
        CancellationToken cancellation = default)
    {
        var known = new Dictionary<(string, int), double[]?>();
        var sums = new double[graph.Units.Count];
        foreach (var unit in graph.Units)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var slice in slicesOf(unit))
            {
                var key = (slice.Initializer, slice.Axis);
                if (!known.TryGetValue(key, out var byIndex)) known[key] = byIndex = sumsByIndex(slice.Initializer, slice.Axis);
                if (byIndex is null) continue;
                foreach (var index in slice.Indices) sums[unit.Index] += byIndex[index];
            }
        }

        return sums;
    }

    /// <summary>The trainable weights by name; running statistics and constants are none.</summary>
    public static Dictionary<string, TensorProto> Trainable(CouplingGraph graph)
    {
        var trainable = WeightRoles.Of(graph.Model.Graph).Weights;
        return graph.Model.Graph.Initializer
            .Where(tensor => trainable.Contains(tensor.Name))
            .ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The sum of a reduction over the elements at each index of the axis.</summary>
    public static double[] ByIndex(TensorProto weight, int axis, Reduction reduction)
    {
        var values = weight.AsFloats();
        var length = (int)weight.Dims[axis];
        var inner = 1;
        for (var i = axis + 1; i < weight.Dims.Count; i++) inner *= (int)weight.Dims[i];
        var sums = new double[length];
        for (int start = 0, index = 0; start < values.Length; start += inner, index = index + 1 == length ? 0 : index + 1)
        {
            sums[index] += reduction(values.Slice(start, inner));
        }

        return sums;
    }

    public static double Squares(ReadOnlySpan<float> values) => TensorPrimitives.SumOfSquares(values);

    public static double Magnitudes(ReadOnlySpan<float> values) => TensorPrimitives.SumOfMagnitudes(values);
}
