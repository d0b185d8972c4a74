using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>Runs data through a module and shows what its layers multiply.</summary>
static class LayerInputs
{
    /// <param name="batches">Batches of inputs, labels unused; each is disposed after use.</param>
    /// <param name="see">Gets [groups, n, columns], which belongs to an open dispose scope, a batch in one or several parts.</param>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public static void Visit(
        GraphModule module, IReadOnlyList<LinearLayer> layers, IEnumerable<Batch> batches, Action<LinearLayer, Tensor> see, CancellationToken cancellation)
    {
        string[] names = [.. layers.Select(layer => layer.Input).Distinct()];
        using var noGradient = no_grad();
        module.eval();
        var count = 0;
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var owned = batch;
            var values = names.Zip(module.Run([batch.Inputs], names)).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
            foreach (var layer in layers)
            {
                foreach (var part in layer.Vectors(values[layer.Input]))
                {
                    using var inner = NewDisposeScope();
                    see(layer, part);
                    part.Dispose();
                }
            }

            count++;
        }

        if (count == 0) throw new PruningException(PruningException.CriterionNeedsData, "What the layers read was to be measured, and no batch of data was given.", hint: "Give training data.");
    }
}
