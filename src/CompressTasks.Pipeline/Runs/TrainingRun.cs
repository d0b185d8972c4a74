using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>What <c>compress train</c> asks for.</summary>
/// <param name="Model">The network to train; changed in place.</param>
/// <param name="Training">Fits the model's input; see DataSet.EnsureFits.</param>
/// <param name="Validation">Measured after each epoch; null for none.</param>
/// <param name="Recipe">Epochs, optimiser, rates.</param>
/// <param name="CheckpointPath">State after each epoch, from which a stopped run goes on; null for none.</param>
/// <param name="Threads">Null for the machine's choice.</param>
public sealed record TrainingRequest(OnnxModel Model, DataSet Training, DataSet? Validation, TrainingRecipe Recipe, string? CheckpointPath = null, int? Threads = null);

/// <summary>Trains an ONNX model on labels and writes the weights back into it.</summary>
public static class TrainingRun
{
    /// <exception cref="ModelException">CMP0007 when an operator of the model cannot be trained.</exception>
    /// <exception cref="TrainingException">CMP0403, CMP0404 data that does not fit; CMP0501 divergence; CMP0502 a checkpoint of another run.</exception>
    public static TrainingResult Execute(TrainingRequest request, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        TorchThreads.Use(request.Threads);
        Simplification.Apply(request.Model);
        using var module = new GraphModule(request.Model);
        var result = new Trainer(module, request.Recipe)
        {
            Outputs = OutputKinds.Of(request.Model),
            Progress = progress,
            CheckpointPath = request.CheckpointPath,
        }.Train(request.Training, request.Validation, cancellation);
        module.WriteBack();
        return result;
    }
}
