using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>Which weights stay: for each matrix a tensor of the weight's shape and type, 1 where it stays and 0 where it is pruned.</summary>
public sealed class WeightMasks : IDisposable
{
    readonly Dictionary<string, Tensor> masks;

    WeightMasks(Dictionary<string, Tensor> masks) => this.masks = masks;

    /// <summary>By initializer; owned by this.</summary>
    public IReadOnlyDictionary<string, Tensor> Masks => masks;

    /// <summary>Weights under masks.</summary>
    public long Weights => masks.Values.Sum(mask => mask.numel());

    /// <summary>Weights that stay.</summary>
    public long Kept => masks.Keys.Sum(KeptOf);

    /// <summary>Share of the weights that stays, 0 to 1.</summary>
    public double Density => Weights == 0 ? 1 : (double)Kept / Weights;

    /// <summary>Everything stays.</summary>
    public static WeightMasks Full(GraphModule module, IEnumerable<string> names) => Of(module, names, ones_like);

    /// <summary>What is exactly 0 is pruned: how the masks of an earlier pruning are found again in its result.</summary>
    /// <param name="names">Initializers that were pruned; those that are no weights of the module any more are left out.</param>
    public static WeightMasks OfZeros(GraphModule module, IEnumerable<string> names) =>
        Of(module, names.Where(module.Weights.ContainsKey), weight => weight.ne(0).to(weight.dtype));

    public long KeptOf(string name)
    {
        using var scope = NewDisposeScope();
        return masks[name].count_nonzero().item<long>();
    }

    /// <summary>Sets pruned weights to 0.</summary>
    public void Apply(GraphModule module)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (name, mask) in masks) module.Weights[name].mul_(mask);
    }

    /// <summary>Takes over what <paramref name="kept"/> says, [weight's shape] of any type, not 0 where a weight stays.</summary>
    public void Set(string name, Tensor kept)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        masks[name].copy_(kept);
    }

    public void Dispose()
    {
        foreach (var mask in masks.Values) mask.Dispose();
        masks.Clear();
    }

    static WeightMasks Of(GraphModule module, IEnumerable<string> names, Func<Tensor, Tensor> mask)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor Made(string name) => mask(module.Weights[name].detach()).DetachFromDisposeScope();
        return new(names.ToDictionary(name => name, Made, StringComparer.Ordinal));
    }

    static Tensor ones_like(Tensor weight) => torch.ones_like(weight, requires_grad: false);
}
