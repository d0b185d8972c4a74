using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>
/// Scores that gradients decide, added up over batches: taylor, the squared first-order change of the loss (g w)^2 (Molchanov et al.
/// 2019); gradient-times-weight, |sum of g w| (SNIP, Lee et al. 2019); movement, -(sum of g w): high where training moves a weight away
/// from zero (Sanh et al., Movement Pruning, 2020).
/// </summary>
public sealed class GradientScores : IDisposable
{
    readonly Criterion criterion;
    readonly Dictionary<string, Tensor> sums;

    public GradientScores(Criterion criterion, GraphModule module, IEnumerable<WeightMatrix> matrices)
    {
        if (criterion is not (Criterion.Taylor or Criterion.GradientTimesWeight or Criterion.Movement))
        {
            throw new ArgumentOutOfRangeException(nameof(criterion), criterion, "Gradients decide nothing of this criterion.");
        }

        this.criterion = criterion;
        Tensor Zeros(WeightMatrix matrix) => zeros_like(module.Weights[matrix.Name], requires_grad: false).DetachFromDisposeScope();
        sums = matrices.ToDictionary(matrix => matrix.Name, Zeros, StringComparer.Ordinal);
    }

    /// <summary>What has been added up, for checkpoints.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => sums.Select(sum => ("score/" + sum.Key, sum.Value));

    /// <summary>Adds what the module's present gradients say.</summary>
    public void Add(GraphModule module)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (name, sum) in sums)
        {
            var weight = module.Weights[name];
            if (weight.grad is not { } gradient) continue;
            var product = gradient * weight;
            sum.add_(criterion == Criterion.Taylor ? product.mul_(product) : product);
        }
    }

    /// <summary>In the caller's dispose scope.</summary>
    public Dictionary<string, Tensor> Scores() => sums.ToDictionary(
        sum => sum.Key,
        sum => criterion switch { Criterion.Taylor => sum.Value.clone(), Criterion.Movement => sum.Value.neg(), _ => sum.Value.abs() },
        StringComparer.Ordinal);

    /// <summary>Begins anew.</summary>
    public void Reset()
    {
        using var scope = NewDisposeScope();
        foreach (var sum in sums.Values) sum.zero_();
    }

    public void Dispose()
    {
        foreach (var sum in sums.Values) sum.Dispose();
    }
}
