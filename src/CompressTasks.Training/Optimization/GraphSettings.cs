using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>What a recipe changes in a graph for as long as it trains: frozen layers and the precision of products.</summary>
sealed class GraphSettings : IDisposable
{
    readonly GraphModule? graph;
    readonly ScalarType? products;

    /// <exception cref="TrainingException">CMP0120 for frozen layers that are not there, or that leave nothing to train.</exception>
    public GraphSettings(GraphModule? graph, TrainingRecipe recipe)
    {
        this.graph = graph;
        products = graph?.TrainingProducts;
        if (graph is null) return;
        graph.Freeze(recipe.Frozen);
        if (recipe.Precision != TrainingPrecision.BFloat16) return;
        graph.TrainingProducts = ScalarType.BFloat16;
        Note = "convolutions and matrix products are computed in bfloat16; weights and everything else stay float32";
    }

    /// <summary>What was chosen, where that is not the usual.</summary>
    public string? Note { get; }

    public void Dispose()
    {
        if (graph is null) return;
        graph.Unfreeze();
        graph.TrainingProducts = products;
    }
}
