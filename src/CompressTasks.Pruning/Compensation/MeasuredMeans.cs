using CompressTasks.Pruning.Coupling;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Compensation;

/// <summary>Mean of each channel over data, where a node sums over it.</summary>
public static class MeasuredMeans
{
    /// <param name="batches">Batches of inputs, labels unused; each is disposed after use.</param>
    /// <returns>Means per index of the axis that consumers sum over, by value.</returns>
    public static IReadOnlyDictionary<string, float[]> Estimate(
        CouplingGraph graph, GraphModule module, IEnumerable<Batch> batches, CancellationToken cancellation = default)
    {
        (string Value, int Axis)[] values = [.. graph.WeightUses
            .Where(use => use.Node.Input[1] == use.Initializer)
            .Select(use => (use.Node.Input[0], Axis: SummedAxis(graph, use)))
            .Where(value => graph.Axis(value.Item1, value.Axis) is not null)
            // A value that is summed over two of its axes has one of them compensated.
            .DistinctBy(value => value.Item1)];
        if (values.Length == 0) return new Dictionary<string, float[]>();
        string[] names = [.. values.Select(value => value.Value)];
        using var noGradient = no_grad();
        using var outer = NewDisposeScope();
        module.eval();
        var sums = new Tensor?[values.Length];
        var count = 0;
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var owned = batch;
            var outputs = module.Run([batch.Inputs], names);
            for (var i = 0; i < values.Length; i++)
            {
                long[] others = [.. Enumerable.Range(0, (int)outputs[i].dim()).Where(axis => axis != values[i].Axis).Select(axis => (long)axis)];
                var mean = outputs[i].mean(others);
                if (sums[i] is { } sum) sum.add_(mean);
                else sums[i] = mean.MoveToOuterDisposeScope();
            }

            count++;
        }

        return values.Zip(sums).Where(pair => pair.Second is not null).ToDictionary(
            pair => pair.First.Value,
            pair => (pair.Second! / count).to(float32).cpu().data<float>().ToArray(),
            StringComparer.Ordinal);
    }

    static int SummedAxis(CouplingGraph graph, WeightUse use) => use.Node.OpType switch
    {
        "Conv" or "ConvTranspose" => 1,
        "Gemm" when CompressTasks.Onnx.NodeAttributes.Int(use.Node, "transA", 0) == 1 => 0,
        _ => graph.Shapes.Of(use.Node.Input[0])!.Count - 1,
    };
}
