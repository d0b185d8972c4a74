using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>Keeps pruned weights at exactly 0 while the others train.</summary>
public class FixedMask : TrainingConstraint
{
    readonly bool owns;

    /// <param name="module">Trained under the masks.</param>
    /// <param name="masks">What stays.</param>
    /// <param name="owns">Whether the masks end with this.</param>
    public FixedMask(GraphModule module, WeightMasks masks, bool owns = true)
    {
        Module = module;
        Masks = masks;
        this.owns = owns;
    }

    public WeightMasks Masks { get; }

    public override string Identity => "fixed mask";

    public override IEnumerable<(string Name, Tensor Value)> State => Masks.Masks.Select(mask => ("mask/" + mask.Key, mask.Value));

    protected GraphModule Module { get; }

    /// <summary>Gradients of pruned weights would fill the optimiser's memory of them, and pull through it at weights that come back.</summary>
    public override void AfterBackward(TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (name, mask) in Masks.Masks) Module.Weights[name].grad?.mul_(mask);
    }

    public override void AfterUpdate(TrainingPosition position) => Masks.Apply(Module);

    protected override void Dispose(bool disposing)
    {
        if (owns) Masks.Dispose();
    }
}
