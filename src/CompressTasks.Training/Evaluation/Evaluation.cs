using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Measures a module on a data set, in inference mode and without gradients; the module's mode is restored.</summary>
public static class Evaluation
{
    /// <summary>Accuracy for class labels, F1 for several labels, mean IoU for a class per pixel, mean squared error for targets.</summary>
    /// <param name="outputs">What the module's outputs are.</param>
    /// <exception cref="TrainingException">CMP0404 when labels are missing or do not fit the outputs.</exception>
    public static EvaluationResult Measure(
        nn.Module<Tensor, Tensor> module, DataSet data, int batchSize = 256, OutputKind outputs = OutputKind.Values, CancellationToken cancellation = default) =>
        Measure(module, data, batchSize, outputs, withConfusion: false, cancellation).Result;

    /// <summary>The same with everything else that is known of such labels, per class and who was taken for whom.</summary>
    /// <exception cref="TrainingException">CMP0404.</exception>
    public static EvaluationDetails Details(
        nn.Module<Tensor, Tensor> module, DataSet data, int batchSize = 256, OutputKind outputs = OutputKind.Values, CancellationToken cancellation = default) =>
        Measure(module, data, batchSize, outputs, withConfusion: true, cancellation);

    /// <summary>
    /// How far two modules decide alike about the same samples: the share of the samples whose highest outputs are the same, of labels or of pixels where those are
    /// decided on their own. For targets and single numbers, which decide nothing, the mean squared difference. No labels are needed.
    /// </summary>
    /// <param name="kinds">What the two modules' outputs are.</param>
    /// <param name="teacherData">The same samples as the teacher is to see them; null: as in <paramref name="data"/>.</param>
    /// <exception cref="TrainingException">CMP0404 when the outputs have different shapes.</exception>
    public static EvaluationResult Agreement(
        nn.Module<Tensor, Tensor> module,
        nn.Module<Tensor, Tensor> teacher,
        DataSet data,
        int batchSize = 256,
        (OutputKind Module, OutputKind Teacher) kinds = default,
        DataSet? teacherData = null,
        CancellationToken cancellation = default)
    {
        var (sum, areNumbers, done) = (new MeanSum(), false, 0);
        var areQuestions = OutputReading.AreQuestions([kinds.Module, kinds.Teacher]);
        InInferenceMode(teacher, () => ForEachBatch(
            module,
            data,
            batchSize,
            (outputs, batch) =>
            {
                var count = (int)batch.Inputs.shape[0];
                using var seen = teacherData?.Read([.. Enumerable.Range(done, count)]);
                done += count;
                var wanted = OutputReading.Shaped(teacher.call((seen ?? batch).Inputs.to(DeviceOf(teacher))), data).to(outputs.device);
                if (!wanted.shape.SequenceEqual(outputs.shape))
                {
                    throw new TrainingException(
                        TrainingException.Labels,
                        $"The two models' outputs {DataSet.Text(outputs.shape)} and {DataSet.Text(wanted.shape)} cannot be compared.",
                        data.Source,
                        "Compare models of the same task.");
                }

                var own = OutputReading.Decisions(outputs, kinds.Module, data.Labels, areQuestions);
                var others = OutputReading.Decisions(wanted, kinds.Teacher, data.Labels, areQuestions);
                areNumbers = own is null;
                var each = own is null ? outputs.sub(wanted).square() : own.eq(others!).to(ScalarType.Float64);
                sum.Add(each.reshape(each.shape[0], -1).mean([1], type: ScalarType.Float64));
            },
            cancellation));
        var (value, error) = sum.Result();
        return new(areNumbers ? Metric.MeanSquaredError : Metric.Agreement, value, error, data.Count);
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

    static EvaluationDetails Measure(
        nn.Module<Tensor, Tensor> module, DataSet data, int batchSize, OutputKind outputs, bool withConfusion, CancellationToken cancellation)
    {
        using var sums = MetricSums.For(data.Labels, outputs, withConfusion);
        ForEachBatch(
            module,
            data,
            batchSize,
            (results, batch) =>
            {
                data.EnsureLabels(results.shape.Skip(1).Aggregate(1L, (product, length) => product * length));
                sums.Add(results, batch.Labels!.to(results.device));
            },
            cancellation);
        return sums.Result();
    }

    /// <summary>Runs the module over all samples; outputs come as <see cref="OutputReading.Shaped"/> gives them.</summary>
    static void ForEachBatch(nn.Module<Tensor, Tensor> module, DataSet data, int batchSize, Action<Tensor, Batch> use, CancellationToken cancellation) =>
        InInferenceMode(module, () =>
        {
            var device = DeviceOf(module);
            foreach (var (_, batch) in ReadAhead.Of(data, BatchPlan.InOrder(data.Count, batchSize)))
            {
                using var read = batch;
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                use(OutputReading.Shaped(module.call(batch.Inputs.to(device)), data), batch);
            }
        });
}
