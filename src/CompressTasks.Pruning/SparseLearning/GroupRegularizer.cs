using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.SparseLearning;

/// <summary>
/// Pulls the weights of the units that will go towards zero, ever stronger, so that the network learns to do without them before they are cut
/// (Wang et al., Neural Pruning via Growing Regularization, 2021; over coupled weights, Fang et al., DepGraph, 2023). The gradient of every
/// slice of such a unit, scales of normalisations included, gets strength x done x weight added, where done goes from 0 to 1 over the
/// training.
/// </summary>
public sealed class GroupRegularizer : TrainingConstraint
{
    readonly GraphModule module;
    readonly double strength;
    readonly Dictionary<string, Tensor> factors = new(StringComparer.Ordinal);

    /// <param name="graph">The analysed model; <paramref name="module"/> runs the same one.</param>
    /// <param name="removed">One flag per unit: those that will go.</param>
    /// <param name="strength">The highest decay, above 0.</param>
    public GroupRegularizer(CouplingGraph graph, bool[] removed, GraphModule module, double strength)
    {
        this.module = module;
        this.strength = strength;
        Identity = string.Create(CultureInfo.InvariantCulture, $"group regularizer {strength} {Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<bool>(removed)))}");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (name, slices) in SlicesOf(graph, removed))
        {
            if (!module.Weights.TryGetValue(name, out var weight)) continue;
            var factor = zeros_like(weight);
            foreach (var (axis, indices) in slices)
            {
                using var at = tensor(indices.ToArray(), int64, device: weight.device);
                factor.index_fill_(axis, at, 1);
            }

            factors[name] = factor.DetachFromDisposeScope();
        }
    }

    public override string Identity { get; }

    /// <summary>Weights of the epochs before are not yet ready for the cut.</summary>
    public override bool MayBeKept(TrainingPosition position) => position.Done >= 1;

    public override void AfterBackward(TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (name, factor) in factors)
        {
            var weight = module.Weights[name];
            weight.grad?.addcmul_(factor, weight, strength * position.Done);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var factor in factors.Values) factor.Dispose();
        }

        base.Dispose(disposing);
    }

    static Dictionary<string, Dictionary<int, SortedSet<long>>> SlicesOf(CouplingGraph graph, bool[] removed)
    {
        var slices = new Dictionary<string, Dictionary<int, SortedSet<long>>>(StringComparer.Ordinal);
        foreach (var slice in graph.Units.Where(unit => removed[unit.Index]).SelectMany(unit => unit.Slices))
        {
            if (!slices.TryGetValue(slice.Initializer, out var axes)) slices[slice.Initializer] = axes = [];
            if (!axes.TryGetValue(slice.Axis, out var indices)) axes[slice.Axis] = indices = [];
            foreach (var index in slice.Indices) indices.Add(index);
        }

        return slices;
    }
}
