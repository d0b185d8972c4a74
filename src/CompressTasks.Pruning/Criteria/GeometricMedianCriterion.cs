using System.Numerics.Tensors;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// Mean distance of the weights that make a unit to those of the other units of its group; the unit nearest to the geometric median is the
/// one that the others can best stand in for (He et al., Filter Pruning via Geometric Median, 2019). A group of more than
/// <see cref="MostReferences"/> units is compared with that many of its units, evenly spread, so that time stays linear in its width.
/// </summary>
public static class GeometricMedianCriterion
{
    public const int MostReferences = 1024;

    public static double[] Score(CouplingGraph graph, CancellationToken cancellation = default)
    {
        var weights = UnitSums.Trainable(graph);
        var scores = new double[graph.Units.Count];
        foreach (var group in graph.Groups)
        {
            var vectors = group.Units.Select(unit => VectorOf(graph.Units[unit], weights)).ToArray();
            var references = References(vectors.Length);
            for (var i = 0; i < vectors.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                double sum = 0;
                foreach (var other in references) sum += vectors[i].Length == 0 ? 0 : TensorPrimitives.Distance<float>(vectors[i], vectors[other]);
                scores[group.Units[i]] = sum / references.Length;
            }
        }

        return scores;
    }

    static int[] References(int count)
    {
        var number = Math.Min(count, MostReferences);
        return [.. Enumerable.Range(0, number).Select(i => (int)((long)i * count / number))];
    }

    /// <summary>The unit's weights one after the other; of a group's units all have the same length.</summary>
    static float[] VectorOf(PruningUnit unit, Dictionary<string, TensorProto> weights)
    {
        var slices = unit.Makers.Where(slice => weights.ContainsKey(slice.Initializer)).ToArray();
        var vector = new float[slices.Sum(slice => slice.Indices.Length * (weights[slice.Initializer].ElementCount() / weights[slice.Initializer].Dims[slice.Axis]))];
        var filled = 0;
        foreach (var slice in slices)
        {
            var weight = weights[slice.Initializer];
            var values = weight.AsFloats();
            var inner = 1;
            for (var axis = slice.Axis + 1; axis < weight.Dims.Count; axis++) inner *= (int)weight.Dims[axis];
            var step = inner * (int)weight.Dims[slice.Axis];
            foreach (var index in slice.Indices)
            {
                for (var start = index * inner; start < values.Length; start += step, filled += inner) values.Slice(start, inner).CopyTo(vector.AsSpan(filled));
            }
        }

        return vector;
    }
}
