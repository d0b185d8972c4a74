using CompressTasks.OperatorSweep;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests.Sweep;

/// <summary>libtorch's gradients against the slopes of what ONNX Runtime computes.</summary>
public class GradientSweepTests
{
    const double Step = 1.0 / 64;
    const int ElementsChecked = 2, ElementsTried = 6;

    public static TheoryData<string> Differentiable => [.. OperatorSweep.Sweep.Operators.Values.Where(one => one.HasGradient).Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Differentiable))]
    public void Gradients_are_the_slopes_of_ONNX_Runtimes_results(string name)
    {
        var swept = OperatorSweep.Sweep.Operators[name];
        var failures = new List<string>();
        // What changed in between is compared by its values.
        foreach (var opset in new[] { swept.Opsets[0], swept.Opsets[^1] }.Distinct())
        {
            var slopes = swept.Singles(opset).Sum(one => Check(one, failures));
            Assert.True(slopes > 0, $"no case of {name}-{opset} has a slope");
        }

        Assert.True(failures.Count == 0, $"{failures.Count} gradients differ:\n{string.Join('\n', failures.Take(8))}");
    }

    /// <returns>How many elements were found to have a slope other than 0, and the right gradient.</returns>
    static int Check(SweepModel one, List<string> failures)
    {
        if (!one.Feeds.Any(feed => feed.HasGradient && feed.Values.Length > 0)) return 0;
        using var scope = NewDisposeScope();
        using var session = RuntimeSession.Open(one.Model);
        var outputs = session.Run(one.Feeds);
        var weights = Weights(outputs);
        var gradients = Gradients(one, weights);
        var slopes = 0;
        var random = new Random(1);
        for (var input = 0; input < one.Feeds.Count; input++)
        {
            if (gradients[input] is not { } gradient || gradient.Length == 0) continue;
            var tolerance = 1e-2 * Math.Max(0.05, gradient.Max(Math.Abs));
            var left = ElementsChecked;
            for (var attempt = 0; attempt < ElementsTried && left > 0; attempt++)
            {
                var element = random.Next(gradient.Length);
                if (Slope(session, one, weights, input, element, Step, tolerance) is not { } slope) continue;
                left--;
                var agrees = Math.Abs(slope - gradient[element]) <= tolerance;
                if (!agrees)
                {
                    // A corner may lie so near that both differences see it; a smaller step does not.
                    slope = Slope(session, one, weights, input, element, Step / 16, tolerance) ?? gradient[element];
                    agrees = Math.Abs(slope - gradient[element]) <= tolerance;
                }

                if (agrees && Math.Abs(slope) > tolerance) slopes++;
                if (!agrees) failures.Add(FormattableString.Invariant($"{one.Description}: input {input}, element {element}: {gradient[element]} instead of {slope}"));
            }
        }

        return slopes;
    }

    /// <summary>Random weights, so that the weighted sum of all real outputs depends on each of their elements.</summary>
    static double[]?[] Weights(IReadOnlyList<SweepTensor> outputs)
    {
        var random = new Random(2);
        return [.. outputs.Select(output => output.Type == DataType.Float ? output.Values.Select(_ => 0.5 + random.NextDouble()).ToArray() : null)];
    }

    static double[]?[] Gradients(SweepModel one, double[]?[] weights)
    {
        using var module = SweptModule.Open(one);
        var inputs = one.Feeds.Select(feed => feed.HasGradient ? feed.ToTensor().requires_grad_(true) : feed.ToTensor()).ToList();
        var results = module.Run(inputs);
        var sum = zeros([], ScalarType.Float64);
        for (var output = 0; output < weights.Length; output++)
        {
            if (weights[output] is { } weight) sum += (results[output].to(ScalarType.Float64) * tensor(weight, results[output].shape)).sum();
        }

        if (!sum.requires_grad) return [.. one.Feeds.Select(feed => feed.HasGradient ? new double[feed.Values.Length] : null)];
        sum.backward();
        return [.. inputs.Select((input, i) => !one.Feeds[i].HasGradient ? null : input.grad is { } gradient ? gradient.Values() : new double[one.Feeds[i].Values.Length])];
    }

    /// <summary>Richardson's extrapolation of two central differences; null where they differ, at a corner or a jump.</summary>
    static double? Slope(RuntimeSession session, SweepModel one, double[]?[] weights, int input, int element, double step, double tolerance)
    {
        var wide = Difference(session, one, weights, input, element, step);
        var narrow = Difference(session, one, weights, input, element, step / 2);
        return Math.Abs(wide - narrow) <= 2 * tolerance ? narrow + (narrow - wide) / 3 : null;
    }

    static double Difference(RuntimeSession session, SweepModel one, double[]?[] weights, int input, int element, double step) =>
        (Sum(session, one, weights, input, element, step) - Sum(session, one, weights, input, element, -step)) / (2 * step);

    static double Sum(RuntimeSession session, SweepModel one, double[]?[] weights, int input, int element, double step)
    {
        double[] moved = [.. one.Feeds[input].Values];
        moved[element] += step;
        SweepTensor[] feeds = [.. one.Feeds];
        feeds[input] = feeds[input] with { Values = moved };
        var outputs = session.Run(feeds);
        return outputs.Select((output, i) => weights[i] is { } weight ? weight.Zip(output.Values, (a, b) => a * b).Sum() : 0).Sum();
    }
}
