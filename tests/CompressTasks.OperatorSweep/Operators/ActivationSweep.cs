using static CompressTasks.OperatorSweep.Operators.Choices;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Activation functions with their parameters, and softmax with its relatives.</summary>
static class ActivationSweep
{
    public static void AddTo(SweepTable table)
    {
        foreach (var name in new[] { "Relu", "Sigmoid", "Tanh", "HardSwish", "Softplus", "Softsign", "Mish" }) table.Add(name, _ => Inputs());
        foreach (var name in new[] { "LeakyRelu", "Elu", "Celu", "Swish", "ThresholdedRelu" })
        {
            table.Add(name, _ => [.. Inputs(), .. new[] { 0.3, 1, 2.5 }.Select(alpha => Input().With("alpha", alpha))]);
        }

        table.Add("Selu", _ => [.. Inputs(), .. from alpha in new[] { 0.5, 2 } from gamma in new[] { 0.7, 1.5 } select Input().With("alpha", alpha).With("gamma", gamma)]);
        table.Add("HardSigmoid", _ => [.. Inputs(), .. from alpha in new[] { 0.1, 0.7 } from beta in new[] { -0.2, 0.4 } select Input().With("alpha", alpha).With("beta", beta)]);
        table.Add("Shrink", _ => [.. Inputs(), .. from bias in new[] { 0, 0.5 } from threshold in new[] { 0.3, 1 } select Input().With("bias", bias).With("lambd", threshold)]);
        table.Add("Gelu", _ => [.. Inputs(), Input().With("approximate", "tanh"), Input().With("approximate", "none")]);
        table.Add("PRelu", _ => from slope in new long[][] { [3, 1, 1], [1], [], [2, 3, 4, 5], [4, 1], [5] } select new NodeCase().Between(-2, 2, 2, 3, 4, 5).Data(slope));
        table.Add("Clip", Clip);
        table.Add("Softmax", Softmax);
        table.Add("LogSoftmax", Softmax);
        table.Add("Hardmax", opset => [.. Softmax(opset), new NodeCase().Coarse(3, 9)], gradient: false);
    }

    static NodeCase Input() => new NodeCase().Between(-3, 3, 2, 3, 5);

    static IEnumerable<NodeCase> Inputs() => Shapes.Select(shape => new NodeCase().Between(-4, 4, shape));

    static IEnumerable<NodeCase> Clip(int opset)
    {
        (double?, double?)[] bounds = [(-0.4, 0.6), (null, 0.2), (-0.2, null), (null, null), (0, 0), (0.8, -0.8)];
        foreach (var (low, high) in bounds)
        {
            if (opset < 11)
            {
                if (low <= high || low is null || high is null) yield return new NodeCase().Data(2, 3, 5).With("min", low).With("max", high);
                continue;
            }

            yield return new NodeCase().Data(2, 3, 5).Then(one => low is { } min ? one.Constant(min) : high is null ? one : one.Omitted())
                .Then(one => high is { } max ? one.Constant(max) : one);
        }

        if (opset >= 11) yield return new NodeCase().Data(7).Between(-0.5, -0.3).Between(0.3, 0.5);
    }

    static IEnumerable<NodeCase> Softmax(int opset) =>
        from shape in new long[][] { [2, 3, 5], [7], [3, 4], [2, 1, 3, 4] }
        from axis in AxesOf(shape.Length).Cast<int?>().Append(null)
        where (axis ?? (opset < 13 ? 1 : 0)) < shape.Length && (opset >= 11 || axis is not < 0)
        select new NodeCase().Between(-2, 2, shape).With("axis", axis);
}
