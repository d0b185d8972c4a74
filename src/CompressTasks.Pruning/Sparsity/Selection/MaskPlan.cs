using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>How scores become masks.</summary>
/// <param name="Matrices">What is pruned.</param>
/// <param name="Grain">What goes as a whole; one that masks.</param>
/// <param name="Distribution">
/// Uniform: every layer keeps the same share. Erk: see <see cref="LayerDensities"/>. Global: all layers compete by their scores as they
/// are. Lamp: all compete by scores that are made comparable first. Sensitivity: see <see cref="Curves"/>. A pattern's share is the same everywhere.
/// </param>
public sealed record MaskPlan(IReadOnlyList<WeightMatrix> Matrices, PruningGrain Grain, Distribution Distribution)
{
    /// <summary>Share of each layer that stays in any case, 0 to 1, its highest scores, so that no layer is cut off where all compete.</summary>
    public double LeastPerLayer { get; init; }

    /// <summary>What scores are divided by before layers compete, so that the scale of a layer's weights does not decide.</summary>
    public GroupNormalization Normalization { get; init; } = GroupNormalization.None;

    /// <summary>For the distribution sensitivity: how the loss rises with the share of each matrix's weights that goes; null where it may not be pruned.</summary>
    public IReadOnlyList<SensitivityCurve?>? Curves { get; init; }

    /// <summary>Share of the weights that a pattern leaves; null where any share can be asked for.</summary>
    public double? PatternDensity => Grain.Granularity == Granularity.Pattern ? (double)Grain.First / Grain.Second : null;

    /// <summary>Sets <paramref name="masks"/>; groups with equal scores go in the order of their position.</summary>
    /// <param name="scores">By initializer, in the weights' shapes; low scores go first.</param>
    /// <param name="density">
    /// Share of all weights that stays, 0 to 1; what is kept is never more. Of a pattern N:M at most round(density x M) of M neighbours stay,
    /// and never fewer than N.
    /// </param>
    public void Select(IReadOnlyDictionary<string, Tensor> scores, double density, WeightMasks masks)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (Grain.Granularity == Granularity.Pattern)
        {
            var kept = Math.Clamp((int)Math.Round(density * Grain.Second), Grain.First, Grain.Second);
            foreach (var matrix in Matrices) masks.Set(matrix.Name, Pattern(matrix, scores[matrix.Name], kept));
            return;
        }

        ElementGroups[] groups = [.. Matrices.Select(matrix => new ElementGroups(matrix, Grain))];
        Tensor[] values = [.. groups.Zip(Matrices, (group, matrix) => group.Scores(Comparable(scores[matrix.Name])))];
        Tensor[] sizes = [.. groups.Select(group => group.Sizes())];
        var chosen = Distribution is Distribution.Global or Distribution.Lamp ? Compete(values, sizes, density) : Apart(values, sizes, density);
        for (var i = 0; i < groups.Length; i++) masks.Set(Matrices[i].Name, groups[i].Spread(chosen[i]));
    }

    Tensor Comparable(Tensor scores)
    {
        var exact = scores.to(float64);
        if (Distribution == Distribution.Lamp) return ElementScores.Lamp(exact);
        if (Normalization == GroupNormalization.None) return exact;
        // What was pruned for good counts as nothing.
        var finite = exact.masked_fill(exact.isinf(), 0).abs();
        var scale = Normalization switch { GroupNormalization.Mean => finite.mean(), GroupNormalization.Max => finite.max(), _ => finite.sum() };
        return exact / scale.clamp_min(double.Epsilon);
    }

    Tensor[] Apart(Tensor[] values, Tensor[] sizes, double density)
    {
        double[] densities = Distribution switch
        {
            Distribution.Erk => LayerDensities.ErdosRenyiKernel(Matrices, density),
            Distribution.Sensitivity => LayerDensities.BySensitivity(Matrices, Curves ?? throw new InvalidOperationException("Sensitivity needs curves."), density, LeastPerLayer),
            _ => [.. Matrices.Select(_ => density)],
        };
        return [.. values.Select((value, i) => Highest(value, sizes[i], Count(Matrices[i], densities[i])))];
    }

    Tensor[] Compete(Tensor[] values, Tensor[] sizes, double density)
    {
        if (LeastPerLayer > 0)
        {
            for (var i = 0; i < values.Length; i++)
            {
                var stays = Highest(values[i], sizes[i], Count(Matrices[i], LeastPerLayer));
                values[i] = values[i].masked_fill(stays, double.PositiveInfinity);
            }
        }

        var all = (long)Math.Round(density * Matrices.Sum(matrix => matrix.Elements));
        var chosen = Highest(cat(values), cat(sizes), all);
        return chosen.split([.. values.Select(value => value.numel())]);
    }

    static long Count(WeightMatrix matrix, double density) => (long)Math.Round(Math.Clamp(density, 0, 1) * matrix.Elements);

    /// <summary>The groups with the highest scores that together have at most so many weights, bool [groups].</summary>
    static Tensor Highest(Tensor values, Tensor sizes, long weights)
    {
        var (_, order) = values.sort(0, descending: true, stable: true);
        var fits = sizes.index_select(0, order).cumsum(0).le(weights);
        return zeros_like(fits).index_copy_(0, order, fits);
    }

    /// <summary>
    /// The highest scores of every M neighbouring inputs of an output, of a convolution for each place in the kernel: what sparse kernels expect. Of the last
    /// ones, where they are fewer, as many at most.
    /// </summary>
    Tensor Pattern(WeightMatrix matrix, Tensor scores, int kept)
    {
        var (length, taps, inputs) = (Grain.Second, matrix.KernelSize, matrix.Columns / matrix.KernelSize);
        var groups = (inputs + length - 1) / length;
        var byTap = matrix.ToMatrix(scores.to(float64)).reshape(matrix.Rows, inputs, taps).transpose(1, 2);
        var padded = nn.functional.pad(byTap, (0, (groups * length) - inputs), value: double.NegativeInfinity);
        var (_, order) = padded.reshape(matrix.Rows, taps, groups, length).sort(3, descending: true, stable: true);
        var mask = zeros([matrix.Rows, taps, groups, length], @bool).scatter_(3, order.slice(3, 0, kept, 1), ones([matrix.Rows, taps, groups, kept], @bool));
        var chosen = mask.reshape(matrix.Rows, taps, groups * length).slice(2, 0, inputs, 1).transpose(1, 2);
        return matrix.FromMatrix(chosen.reshape(matrix.Rows, matrix.Columns));
    }
}
