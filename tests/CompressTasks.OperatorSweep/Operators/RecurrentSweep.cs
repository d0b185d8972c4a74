using static CompressTasks.OperatorSweep.Operators.Choices;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>RNN, GRU and LSTM with every optional input and attribute.</summary>
static class RecurrentSweep
{
    const long Steps = 4, Batch = 3, Features = 2, Hidden = 3;

    static readonly (string Name, double[] Alphas, double[] Betas)[] Functions =
    [
        ("Relu", [], []), ("Tanh", [], []), ("Sigmoid", [], []), ("Affine", [0.7], [0.2]), ("LeakyRelu", [0.1], []), ("ThresholdedRelu", [0.3], []),
        ("ScaledTanh", [1.5], [0.6]), ("HardSigmoid", [0.3], [0.4]), ("Elu", [0.8], []), ("Softsign", [], []), ("Softplus", [], []),
    ];

    public static void AddTo(SweepTable table)
    {
        table.Add("RNN", _ => Layers(1, 1, 2, []));
        table.Add("GRU", _ => Layers(3, 2, 2, [one => one.With("linear_before_reset", 1)]));
        table.Add("LSTM", _ => [.. Layers(4, 3, 3, []), .. Lstm()]);
    }

    static NodeCase Layer(long gates, string direction, bool bias = true, bool batchFirst = false)
    {
        var directions = direction == "bidirectional" ? 2 : 1;
        var node = new NodeCase().Data(batchFirst ? [Batch, Steps, Features] : [Steps, Batch, Features])
            .Data(directions, gates * Hidden, Features).Data(directions, gates * Hidden, Hidden).With("hidden_size", Hidden).With("direction", direction);
        return bias ? node.Data(directions, 2 * gates * Hidden) : node;
    }

    static NodeCase States(NodeCase node, long gates, long directions, bool batchFirst = false)
    {
        long[] shape = batchFirst ? [Batch, directions, Hidden] : [directions, Batch, Hidden];
        node.Data(shape);
        return gates == 4 ? node.Data(shape) : node;
    }

    static NodeCase Lengths(NodeCase node) => node.Indices(DataType.Int32, 1, Steps, Batch);

    static IEnumerable<NodeCase> Layers(long gates, int functions, int outputs, Func<NodeCase, NodeCase>[] changes)
    {
        foreach (var direction in new[] { "forward", "reverse", "bidirectional" })
        {
            var directions = direction == "bidirectional" ? 2 : 1;
            foreach (var change in changes.Prepend(one => one))
            {
                yield return change(Layer(gates, direction)).Outputs(outputs);
                yield return change(Layer(gates, direction, bias: false)).Outputs(outputs);
                yield return change(States(Layer(gates, direction).Omitted(), gates, directions)).Outputs(outputs);
                yield return change(States(Lengths(Layer(gates, direction)), gates, directions)).Outputs(outputs);
                yield return change(Lengths(Layer(gates, direction))).With("clip", 0.3).Outputs(outputs);
            }

            foreach (var function in Functions)
            {
                var chosen = Enumerable.Repeat(function, functions * directions).ToArray();
                yield return Layer(gates, direction).With("activations", (string[])[.. chosen.Select(one => one.Name)])
                    .With("activation_alpha", Parameters(chosen.SelectMany(one => one.Alphas))).With("activation_beta", Parameters(chosen.SelectMany(one => one.Betas))).Outputs(outputs);
            }
        }
    }

    static double[]? Parameters(IEnumerable<double> values) => values.ToArray() is { Length: > 0 } some ? some : null;

    static IEnumerable<NodeCase> Lstm()
    {
        foreach (var direction in new[] { "forward", "reverse", "bidirectional" })
        {
            var directions = direction == "bidirectional" ? 2 : 1;
            yield return States(Lengths(Layer(4, direction)), 4, directions).Data(directions, 3 * Hidden).Outputs(3);
            yield return Layer(4, direction).Omitted().Omitted().Omitted().Data(directions, 3 * Hidden).With("clip", 0.4).Outputs(3);
            yield return Layer(4, direction).With("input_forget", 1).Outputs(3);
        }

        yield return Layer(4, "forward").With("activations", (string[])["HardSigmoid", "Softsign", "ScaledTanh"])
            .With("activation_alpha", (double[])[0.3, 1.2]).With("activation_beta", (double[])[0.4, 0.8]).Outputs(3);
    }
}
