using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Some samples of a data set. Inputs: float32 [n, sample shape]; labels: int64 class numbers [n] or float32 targets
/// [n, label shape], null where the set has none. Whoever asked for the batch owns its tensors.
/// </summary>
public readonly record struct Batch(Tensor Inputs, Tensor? Labels) : IDisposable
{
    public void Dispose()
    {
        Inputs.Dispose();
        Labels?.Dispose();
    }
}
