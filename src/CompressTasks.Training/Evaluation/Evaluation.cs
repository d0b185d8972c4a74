using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Measures a module on a data set, in inference mode and without gradients; the module's mode is restored.</summary>
public static class Evaluation
{
    const int ClassesForTopFive = 6;

    /// <summary>Accuracy for class labels, mean squared error for targets.</summary>
    /// <exception cref="TrainingException">CMP0404 when labels are missing or do not fit the outputs.</exception>
    public static EvaluationResult Measure(
        nn.Module<Tensor, Tensor> module, DataSet data, int batchSize = 256, CancellationToken cancellation = default) =>
        data.Labels == LabelKind.Targets ? MeanSquaredError(module, data, batchSize, cancellation) : Accuracy(module, data, batchSize, cancellation);

    /// <summary>Top-1, and top-5 where there are at least six classes, counted exactly; of equal outputs the first one counts.</summary>
    /// <exception cref="TrainingException">CMP0404.</exception>
    public static EvaluationResult Accuracy(
        nn.Module<Tensor, Tensor> module, DataSet data, int batchSize = 256, CancellationToken cancellation = default)
    {
        long right = 0, amongFive = 0, classes = 0;
        ForEachBatch(module, data, batchSize, (outputs, labels) =>
        {
            classes = outputs.shape[1];
            right += outputs.argmax(1).eq(labels).sum().item<long>();
            if (classes >= ClassesForTopFive) amongFive += outputs.topk(5, 1).indexes.eq(labels.unsqueeze(1)).sum().item<long>();
        }, cancellation);
        double samples = data.Count, accuracy = right / samples;
        return new(
            Metric.Accuracy,
            accuracy,
            Math.Sqrt(accuracy * (1 - accuracy) / samples),
            data.Count,
            classes >= ClassesForTopFive ? amongFive / samples : null);
    }

    /// <exception cref="TrainingException">CMP0404.</exception>
    public static EvaluationResult MeanSquaredError(
        nn.Module<Tensor, Tensor> module, DataSet data, int batchSize = 256, CancellationToken cancellation = default)
    {
        double sum = 0, sumOfSquares = 0;
        ForEachBatch(module, data, batchSize, (outputs, labels) =>
        {
            var errors = outputs.sub(labels.reshape(outputs.shape)).square().mean([1], type: ScalarType.Float64);
            sum += errors.sum().item<double>();
            sumOfSquares += errors.square().sum().item<double>();
        }, cancellation);
        double samples = data.Count, mean = sum / samples;
        return new(Metric.MeanSquaredError, mean, Math.Sqrt(Math.Max(0, (sumOfSquares / samples) - (mean * mean)) / samples), data.Count);
    }

    /// <summary>Runs <paramref name="work"/> in inference mode and without gradients, then restores the module's mode.</summary>
    internal static void InInferenceMode(nn.Module module, Action work)
    {
        var wasTraining = module.training;
        module.eval();
        try
        {
            using var noGradient = no_grad();
            work();
        }
        finally
        {
            module.train(wasTraining);
        }
    }

    /// <summary>The device of the module's weights; the CPU for a module without any.</summary>
    internal static Device DeviceOf(nn.Module module) => module.parameters().FirstOrDefault()?.device ?? CPU;

    /// <summary>Outputs as [n, outputs per sample]; [n, classes, 1, 1] is [n, classes].</summary>
    /// <exception cref="TrainingException">CMP0404 when a class is wanted and the model says more than one per sample.</exception>
    internal static Tensor PerSample(Tensor outputs, DataSet data)
    {
        var shape = outputs.shape;
        if (data.Labels == LabelKind.Classes && shape.Skip(2).Any(length => length != 1))
        {
            throw new TrainingException(
                TrainingException.Labels,
                $"The model's output {DataSet.Text(shape)} is not one class per sample, which the labels are.",
                data.Source,
                "Use a model whose output is [batch, classes].");
        }

        return outputs.flatten(1);
    }

    /// <summary>Runs the module over all samples; outputs come as [n, outputs].</summary>
    static void ForEachBatch(
        nn.Module<Tensor, Tensor> module, DataSet data, int batchSize, Action<Tensor, Tensor> use, CancellationToken cancellation) =>
        InInferenceMode(module, () =>
        {
            var device = DeviceOf(module);
            foreach (var (_, batch) in ReadAhead.Of(data, BatchPlan.InOrder(data.Count, batchSize)))
            {
                using var read = batch;
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var outputs = PerSample(module.call(batch.Inputs.to(device)), data);
                data.EnsureLabels(outputs.shape[1]);
                use(outputs, batch.Labels!.to(device));
            }
        });
}
