using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Batch normalisation's running statistics, taken anew: those that were tracked are wrong for what a cut network computes, or one whose weights are an
/// average, and putting them right costs a pass over some data and no gradient.
/// </summary>
public static class NormalizationReestimation
{
    /// <param name="batches">Batches of training inputs; each is disposed after use.</param>
    public static void Run(GraphModule module, IEnumerable<Batch> batches, CancellationToken cancellation = default)
    {
        if (module.Buffers.Count == 0) return;
        using var noGradient = no_grad();
        var wasTraining = module.training;
        var device = Evaluation.DeviceOf(module);
        module.ResetNormalizationStatistics();
        module.CumulativeStatistics = true;
        module.train();
        try
        {
            foreach (var batch in batches)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                using var owned = batch;
                module.forward(batch.Inputs.to(device));
            }
        }
        finally
        {
            module.CumulativeStatistics = false;
            module.train(wasTraining);
        }
    }
}
