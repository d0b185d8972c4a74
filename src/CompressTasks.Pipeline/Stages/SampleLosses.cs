using CompressTasks.Onnx;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pipeline;

/// <summary>The loss of a model on each of some samples, the same ones for the same seed, so that two models can be compared sample by sample.</summary>
static class SampleLosses
{
    public static float[] Of(OnnxModel model, DataSet data, int samples, int seed, OutputKind outputs, CancellationToken cancellation)
    {
        using var module = new GraphModule(model);
        return Of(module, data, samples, seed, outputs, cancellation);
    }

    /// <summary>The same for a module, which is left in inference mode.</summary>
    public static float[] Of(GraphModule module, DataSet data, int samples, int seed, OutputKind outputs, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        module.eval();
        var loss = new LabelLoss(data, outputs);
        var losses = new List<float>();
        foreach (var batch in SampleDraw.Batches(data, samples, seed))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var owned = batch;
            var each = loss.EachSample(module.forward(batch.Inputs), batch.Labels!);
            losses.AddRange(each.to(float32).cpu().data<float>().ToArray());
        }

        return [.. losses];
    }

    /// <summary>The loss that scores take gradients of: a batch's mean, by what its labels are.</summary>
    public static Tensor Mean(Tensor output, Batch batch, DataSet data, OutputKind outputs) => new LabelLoss(data, outputs).Mean(output, batch.Labels!);

    /// <summary>Mean of the differences, and its standard error.</summary>
    public static (double Mean, double StandardError) Rise(float[] before, float[] after)
    {
        double sum = 0, squares = 0;
        for (var i = 0; i < before.Length; i++)
        {
            var difference = (double)after[i] - before[i];
            sum += difference;
            squares += difference * difference;
        }

        var mean = sum / before.Length;
        return (mean, Math.Sqrt(Math.Max(0, (squares / before.Length) - (mean * mean)) / before.Length));
    }
}
