using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>What <see cref="OptimalBrainSurgeon"/> did; the new weights are in the module.</summary>
/// <param name="Masks">By the weights' names, bool in their shapes; true stays.</param>
/// <param name="Layers">What became of each weight, in the order in which they were worked on.</param>
public sealed record SurgeonResult(IReadOnlyDictionary<string, Tensor> Masks, IReadOnlyList<LayerReconstruction> Layers) : IDisposable
{
    public void Dispose()
    {
        foreach (var mask in Masks.Values) mask.Dispose();
    }
}
