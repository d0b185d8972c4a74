using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>What a training is judged by after each epoch: the metric of the validation data's labels, or the loss against the teachers where it has none.</summary>
sealed class Validation(nn.Module<Tensor, Tensor> module, DataSet data, OutputKind outputs, TrainingRecipe recipe, BatchLoss loss)
{
    public EvaluationResult Measure(CancellationToken cancellation)
    {
        if (data.HasLabels) return Evaluation.Measure(module, data, recipe.BatchSize, outputs, cancellation);
        var sum = new MeanSum();
        Evaluation.InInferenceMode(module, () =>
        {
            var device = Evaluation.DeviceOf(module);
            foreach (var (indices, batch) in ReadAhead.Of(data, BatchPlan.InOrder(data.Count, recipe.BatchSize)))
            {
                using var read = batch;
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var inputs = batch.Inputs.to(device);
                sum.Add(loss.FromTeachers(module.call(inputs), inputs, indices).item<float>(), indices.Length);
            }
        });
        var (mean, error) = sum.Result();
        return new(Metric.DistillationLoss, mean, error, data.Count);
    }
}
