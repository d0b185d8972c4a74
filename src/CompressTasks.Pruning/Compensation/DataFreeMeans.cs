using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Compensation;

/// <summary>
/// Mean of each channel without data. A batch normalisation says what its output looked like while training: mean and deviation of
/// channel c are its bias and scale. From there the moments are followed through activations, additions, concatenations and pooling.
/// </summary>
public static class DataFreeMeans
{
    /// <returns>Means per index of the axis that consumers sum over, by value; values of which nothing is known are left out.</returns>
    public static IReadOnlyDictionary<string, float[]> Estimate(CouplingGraph graph)
    {
        var initializers = graph.Model.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var moments = new Dictionary<string, Moments>(StringComparer.Ordinal);
        foreach (var node in graph.Model.Graph.Node)
        {
            if (Follow(node, graph.Shapes, initializers, moments) is { } found) moments[node.Output[0]] = found;
        }

        var read = graph.WeightUses.Select(use => use.Node.Input[0]).ToHashSet(StringComparer.Ordinal);
        return moments
            .Where(pair => read.Contains(pair.Key))
            .ToDictionary(pair => pair.Key, pair => Array.ConvertAll(pair.Value.Mean, value => (float)value), StringComparer.Ordinal);
    }

    static Moments? Follow(NodeProto node, GraphShapes shapes, Dictionary<string, TensorProto> initializers, Dictionary<string, Moments> moments)
    {
        Moments? Input(int index) => index < node.Input.Count ? moments.GetValueOrDefault(node.Input[index]) : null;
        switch (node.OpType)
        {
            case "BatchNormalization":
                return initializers.TryGetValue(node.Input[1], out var scale) && initializers.TryGetValue(node.Input[2], out var bias)
                    ? new Moments(
                        Array.ConvertAll(bias.ToFloats(), value => (double)value),
                        Array.ConvertAll(scale.ToFloats(), value => (double)value * value))
                    : null;
            case "GlobalAveragePool":
                return Input(0) is { } pooled ? new Moments(pooled.Mean, new double[pooled.Mean.Length]) : null;
            case "AveragePool" or "MaxPool" or "Identity" or "Dropout":
                return Input(0);
            case "Flatten" or "Reshape":
                return Input(0) is { } channels ? Spread(channels, node, shapes) : null;
            case "Add":
                return Input(0) is { } left && Input(1) is { } right && left.Mean.Length == right.Mean.Length ? left.Plus(right) : null;
            case "Concat" when node.Int("axis", 1) == 1:
                Moments?[] parts = [.. Enumerable.Range(0, node.Input.Count).Select(Input)];
                return Array.TrueForAll(parts, part => part is not null)
                    ? new Moments([.. parts.SelectMany(part => part!.Mean)], [.. parts.SelectMany(part => part!.Variance)])
                    : null;
            default:
                return Input(0) is { } before && ScalarFunction(node, initializers) is { } function ? before.Through(function) : null;
        }
    }

    /// <summary>[N, C, ...] laid flat to [N, C * rest]: each channel's moments stand for all of its positions.</summary>
    static Moments? Spread(Moments channels, NodeProto node, GraphShapes shapes)
    {
        if (!shapes.TryGetKnown(node.Input[0], out var from) || !shapes.TryGetKnown(node.Output[0], out var to)) return null;
        if (to.Length != 2 || from[0] != to[0] || from[1] != channels.Mean.Length) return null;
        var copies = (int)(to[1] / from[1]);
        return new Moments(Repeat(channels.Mean, copies), Repeat(channels.Variance, copies));
    }

    static double[] Repeat(double[] values, int copies) => [.. values.SelectMany(value => Enumerable.Repeat(value, copies))];

    static Func<double, double>? ScalarFunction(NodeProto node, Dictionary<string, TensorProto> initializers)
    {
        double Bound(int index, string attribute, double otherwise) =>
            node.InputOrNull(index) is { } name ? initializers.TryGetValue(name, out var tensor) ? tensor.ToFloats()[0] : double.NaN
                : node.Attribute(attribute)?.F ?? otherwise;
        switch (node.OpType)
        {
            case "Relu":
                return x => Math.Max(0, x);
            case "LeakyRelu":
                var slope = node.Float("alpha", 0.01f);
                return x => x < 0 ? slope * x : x;
            case "Sigmoid":
                return Sigmoid;
            case "Tanh":
                return Math.Tanh;
            case "HardSwish":
                return x => x * Math.Clamp((x / 6) + 0.5, 0, 1);
            case "HardSigmoid":
                var (alpha, beta) = (node.Float("alpha", 0.2f), node.Float("beta", 0.5f));
                return x => Math.Clamp((alpha * x) + beta, 0, 1);
            case "Softplus":
                return x => Math.Log(1 + Math.Exp(x));
            case "Elu":
                var scale = node.Float("alpha", 1f);
                return x => x < 0 ? scale * (Math.Exp(x) - 1) : x;
            case "Clip":
                var (low, high) = (Bound(1, "min", double.NegativeInfinity), Bound(2, "max", double.PositiveInfinity));
                return low <= high ? x => Math.Clamp(x, low, high) : null;
            default:
                return null;
        }
    }

    static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    sealed record Moments(double[] Mean, double[] Variance)
    {
        public Moments Through(Func<double, double> function)
        {
            var (mean, variance) = (new double[Mean.Length], new double[Mean.Length]);
            for (var i = 0; i < mean.Length; i++) (mean[i], variance[i]) = GaussianExpectation.Of(function, Mean[i], Variance[i]);
            return new Moments(mean, variance);
        }

        /// <summary>Of the sum of independent variables.</summary>
        public Moments Plus(Moments other) => new(
            [.. Mean.Zip(other.Mean, (left, right) => left + right)],
            [.. Variance.Zip(other.Variance, (left, right) => left + right)]);
    }
}
