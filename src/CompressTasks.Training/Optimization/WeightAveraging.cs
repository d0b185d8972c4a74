using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// An average of a module's weights over a training. Which share a step has follows from the position alone, so that the averages are all the state there is.
/// Integers, such as counts of batches, are not averaged.
/// </summary>
/// <param name="module">What is trained.</param>
/// <param name="recipe">With an averaging.</param>
/// <param name="keepsZeros">Whether weights that are 0 are 0 in the average too, since something holds them there.</param>
sealed class WeightAveraging(nn.Module module, TrainingRecipe recipe, bool keepsZeros) : IDisposable
{
    /// <summary>Statistics settle within so many batches.</summary>
    const int MostBatchesForStatistics = 200;

    readonly AveragingRecipe averaging = recipe.Averaging!;
    readonly TensorSnapshot averages = TensorSnapshot.Of(Averaged(module));

    public IEnumerable<(string Name, Tensor Value)> State => averages.Tensors;

    /// <summary>After an update, the position counting it.</summary>
    public void AfterUpdate(TrainingPosition position)
    {
        if (ShareAt(position) is not { } share) return;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        // Written so that what does not change keeps every bit.
        foreach (var (name, value) in Averaged(module)) averages[name].add_(value.sub(averages[name]), share);
    }

    /// <summary>True once there is an average that is more than the weights themselves.</summary>
    /// <param name="epochs">Epochs whose steps are done.</param>
    public bool HasBegun(int epochs) => averaging.Kind == AveragingKind.Exponential || epochs >= averaging.StartOf(recipe.Epochs);

    /// <summary>Puts the averages into the module, with running statistics that belong to them.</summary>
    /// <returns>What puts the module's own weights back when it is disposed, unless the averages are to stay.</returns>
    public Shown Show(DataSet training, CancellationToken cancellation)
    {
        var live = TensorSnapshot.Of(Averaged(module));
        var shown = new Shown(live, module);
        try
        {
            averages.CopyTo(Averaged(module));
            if (keepsZeros) KeepZeros(live);
            if (averaging.Kind == AveragingKind.Stochastic && module is GraphModule graph) NormalizationReestimation.Run(graph, Batches(training), cancellation);
            return shown;
        }
        catch
        {
            shown.Dispose();
            throw;
        }
    }

    public void Dispose() => averages.Dispose();

    /// <summary>The share of the weights at hand in the average; null where they have none.</summary>
    double? ShareAt(TrainingPosition position)
    {
        if (averaging.Kind == AveragingKind.Exponential) return 1 - averaging.DecayAt(position.Steps - 1);
        if (position.Step < position.StepsPerEpoch) return null;
        var epochs = position.Epoch + 2 - averaging.StartOf(recipe.Epochs);
        return epochs < 1 ? null : 1.0 / epochs;
    }

    void KeepZeros(TensorSnapshot live)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (name, parameter) in module.named_parameters()) parameter.masked_fill_(live[name].eq(0), 0);
    }

    /// <summary>As they are stored, in random order, since stored ones may lie class by class.</summary>
    IEnumerable<Batch> Batches(DataSet training)
    {
        var order = SeededRandom.Permutation(training.Count, recipe.Seed, stream: -2);
        var steps = BatchPlan.Steps(training.Count, recipe.BatchSize);
        return ReadAhead.Of(training, Enumerable.Range(0, Math.Min(steps, MostBatchesForStatistics)).Select(step => BatchPlan.Slice(order, step, steps))).Select(read => read.Batch);
    }

    static IEnumerable<(string Name, Tensor Value)> Averaged(nn.Module module) => TrainingState.TensorsOf(module).Where(tensor => tensor.Value.is_floating_point());

    public sealed class Shown(TensorSnapshot live, nn.Module module) : IDisposable
    {
        public bool Stays { get; set; }

        public void Dispose()
        {
            if (!Stays) live.CopyTo(Averaged(module));
            live.Dispose();
        }
    }
}
