using System.Numerics.Tensors;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// Redundancy of weights: one minus the largest absolute cosine between the weights that make a unit and those that make a unit of its group
/// that stays longer. Of the closest pair the one with the smaller norm goes, so that of two twins one stays. Needs no data.
/// </summary>
public static class WeightCorrelationCriterion
{
    /// <returns>One score per unit, 0 to 1; 0 for a unit whose weights are all zero.</returns>
    public static double[] Score(CouplingGraph graph, CancellationToken cancellation = default)
    {
        var trainable = WeightRoles.Of(graph.Model.Graph).Weights;
        var weights = graph.Model.Graph.Initializer
            .Where(tensor => trainable.Contains(tensor.Name) && tensor.Dims.Count > 1)
            .ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var scores = new double[graph.Units.Count];
        foreach (var group in graph.Groups)
        {
            var vectors = group.Units.Select(unit => Direction(graph.Units[unit], weights)).ToArray();
            var norms = Array.ConvertAll(vectors, vector => TensorPrimitives.Norm<float>(vector));
            var going = Dissimilarities(Cosines(vectors, norms, cancellation), norms, cancellation);
            for (var i = 0; i < going.Length; i++) scores[group.Units[i]] = norms[i] > 0 ? going[i] : 0;
        }

        return scores;
    }

    /// <summary>The weights that make a unit, one behind the other; biases and scales have no direction.</summary>
    static float[] Direction(PruningUnit unit, Dictionary<string, TensorProto> weights)
    {
        var vector = new List<float>();
        foreach (var slice in unit.Makers)
        {
            if (!weights.TryGetValue(slice.Initializer, out var weight)) continue;
            var values = weight.AsFloats();
            int length = (int)weight.Dims[slice.Axis], inner = weight.Dims.Skip(slice.Axis + 1).Aggregate(1, (product, next) => product * (int)next);
            foreach (var index in slice.Indices)
            {
                for (var start = index * inner; start < values.Length; start += length * inner) vector.AddRange(values.Slice(start, inner));
            }
        }

        return [.. vector];
    }

    static float[] Cosines(float[][] vectors, float[] norms, CancellationToken cancellation)
    {
        var n = vectors.Length;
        var cosines = new float[n * n];
        for (var i = 0; i < n; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var j = 0; j < i; j++)
            {
                var product = norms[i] * norms[j];
                var cosine = product > 0 ? Math.Min(1, Math.Abs(TensorPrimitives.Dot<float>(vectors[i], vectors[j])) / product) : 0;
                cosines[(i * n) + j] = cosines[(j * n) + i] = cosine;
            }

            cosines[(i * n) + i] = float.NegativeInfinity;
        }

        return cosines;
    }

    /// <summary>1 minus the cosine of the closest pair among those left, when one of them goes; never falling, and 1 for the last.</summary>
    static double[] Dissimilarities(float[] cosines, float[] norms, CancellationToken cancellation)
    {
        var n = norms.Length;
        var (nearest, scores, reached) = (new int[n], new double[n], 0.0);
        var left = Enumerable.Range(0, n).ToList();
        foreach (var unit in left) nearest[unit] = Nearest(unit);
        while (left.Count > 1)
        {
            cancellation.ThrowIfCancellationRequested();
            var first = left.MaxBy(unit => cosines[(unit * n) + nearest[unit]]);
            var second = nearest[first];
            var going = norms[first] <= norms[second] ? first : second;
            scores[going] = reached = Math.Max(reached, 1 - cosines[(first * n) + second]);
            left.Remove(going);
            foreach (var unit in left) cosines[(unit * n) + going] = float.NegativeInfinity;
            foreach (var unit in left.Where(unit => nearest[unit] == going)) nearest[unit] = Nearest(unit);
        }

        foreach (var last in left) scores[last] = 1;
        return scores;

        int Nearest(int unit) => TensorPrimitives.IndexOfMax<float>(cosines.AsSpan(unit * n, n));
    }
}
