using CompressTasks.Onnx;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Sparsity;

/// <summary>Masks keep what scores highest, in the number that was asked for.</summary>
public sealed class MaskPlanTests : IDisposable
{
    readonly SparseSubject subject = new();

    public void Dispose() => subject.Dispose();

    [Theory]
    [InlineData(Distribution.Global, 0.3)]
    [InlineData(Distribution.Uniform, 0.3)]
    [InlineData(Distribution.Erk, 0.3)]
    [InlineData(Distribution.Lamp, 0.3)]
    [InlineData(Distribution.Global, 0.01)]
    [InlineData(Distribution.Erk, 0.9)]
    public void As_many_weights_stay_as_were_asked_for(Distribution distribution, double density)
    {
        using var masks = Select(subject.Plan(distribution: distribution), density);
        Assert.InRange(masks.Kept, Math.Floor(density * masks.Weights) - 2, Math.Ceiling(density * masks.Weights) + 2);
    }

    [Fact]
    public void The_largest_weights_of_the_whole_network_stay()
    {
        using var masks = Select(subject.Plan(), 0.2);
        var all = subject.Matrices.SelectMany(matrix => subject.Values(matrix.Name).Zip(Kept(masks, matrix.Name))).ToArray();
        Assert.True(all.Where(pair => pair.Second).Min(pair => Math.Abs(pair.First)) >= all.Where(pair => !pair.Second).Max(pair => Math.Abs(pair.First)));
    }

    [Fact]
    public void Every_layer_loses_the_same_share_where_the_distribution_is_uniform()
    {
        using var masks = Select(subject.Plan(distribution: Distribution.Uniform), 0.25);
        Assert.All(subject.Matrices, matrix => Assert.Equal(Math.Round(0.25 * matrix.Elements), masks.KeptOf(matrix.Name), 1.0));
    }

    [Fact]
    public void A_floor_keeps_a_share_of_each_layer_within_the_same_number()
    {
        var scores = subject.Matrices.ToDictionary(matrix => matrix.Name, matrix => rand([.. matrix.Shape]).add_(matrix.KernelSize > 1 ? 0 : 10), StringComparer.Ordinal);
        using var without = subject.Full();
        using var with = subject.Full();
        subject.Plan().Select(scores, 0.1, without);
        (subject.Plan() with { LeastPerLayer = 0.05 }).Select(scores, 0.1, with);
        var convolution = subject.Matrices.Single(matrix => matrix.KernelSize > 1);

        Assert.Equal(0, without.KeptOf(convolution.Name));
        Assert.Equal(Math.Round(0.05 * convolution.Elements), with.KeptOf(convolution.Name));
        Assert.Equal(without.Kept, with.Kept);
    }

    [Theory]
    [InlineData("2:4", 2, 4)]
    [InlineData("4:8", 4, 8)]
    [InlineData("1:3", 1, 3)]
    public void A_pattern_holds_in_every_group_of_neighbours_and_keeps_the_largest(string grain, int kept, int of)
    {
        var b = new ModelBuilder(seed: 3);
        var x = b.Relu(b.Conv(b.Conv(b.Input("x", "N", 3, 8, 8), 14, 3), 8, 3, groups: 2));
        using var module = new GraphModule(b.Build(b.Gemm(b.Flatten(x), 3)));
        var matrices = WeightMatrix.Of(module.Model);
        using var scope = NewDisposeScope();
        using var masks = WeightMasks.Full(module, matrices.Select(matrix => matrix.Name));
        var weights = matrices.ToDictionary(matrix => matrix.Name, matrix => module.Weights[matrix.Name].detach());

        new MaskPlan(matrices, PruningGrain.TryParse(grain)!, Distribution.Uniform).Select(weights.ToDictionary(pair => pair.Key, pair => pair.Value.abs()), (double)kept / of, masks);

        Assert.Equal(3, matrices.Count);
        foreach (var matrix in matrices)
        {
            var mask = matrix.ToMatrix(masks.Masks[matrix.Name]).contiguous().data<float>().ToArray();
            var values = matrix.ToMatrix(weights[matrix.Name]).contiguous().data<float>().ToArray();
            var (taps, inputs) = (matrix.KernelSize, matrix.Columns / matrix.KernelSize);
            for (var row = 0; row < matrix.Rows; row++)
            {
                for (var tap = 0; tap < taps; tap++)
                {
                    for (var start = 0; start < inputs; start += of)
                    {
                        var group = Enumerable.Range(start, (int)Math.Min(of, inputs - start)).Select(input => (int)((row * matrix.Columns) + (input * taps) + tap)).ToArray();
                        var stays = group.Where(i => mask[i] == 1).ToArray();
                        Assert.Equal(Math.Min(kept, group.Length), stays.Length);
                        if (stays.Length < group.Length) Assert.True(stays.Min(i => Math.Abs(values[i])) >= group.Except(stays).Max(i => Math.Abs(values[i])));
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData("kernel", 1, 9)]
    [InlineData("block-4x4", 4, 4)]
    [InlineData("block-1x8", 1, 8)]
    [InlineData("block-5x7", 5, 7)]
    public void Kernels_and_blocks_go_as_a_whole(string grain, int rows, int columns)
    {
        using var masks = Select(subject.Plan(grain), 0.4);
        Assert.InRange(masks.Density, 0.3, 0.4005);
        foreach (var matrix in subject.Matrices.Where(matrix => grain != "kernel" || matrix.KernelSize > 1))
        {
            using var scope = NewDisposeScope();
            var mask = matrix.ToMatrix(masks.Masks[matrix.Name]).contiguous().data<float>().ToArray();
            for (long top = 0; top < matrix.Rows; top += rows)
            {
                for (long left = 0; left < matrix.Columns; left += columns)
                {
                    var values = new HashSet<float>();
                    for (var row = top; row < Math.Min(top + rows, matrix.Rows); row++)
                    {
                        for (var column = left; column < Math.Min(left + columns, matrix.Columns); column++) values.Add(mask[(row * matrix.Columns) + column]);
                    }

                    Assert.Single(values);
                }
            }
        }
    }

    [Fact]
    public void Erdos_Renyi_kernel_densities_follow_the_formula()
    {
        // conv [6, 1, 3, 3]: 13 / 54; fc1 96 x 20: 116 / 1920; fc2 20 x 3: 23 / 60. All 2034 weights.
        double[] elements = [54, 1920, 60];
        double[] raw = [13 / 54.0, 116 / 1920.0, 23 / 60.0];
        var low = LayerDensities.ErdosRenyiKernel(subject.Matrices, 0.05);
        var factor = 0.05 * 2034 / (13 + 116 + 23);
        Assert.All(low.Zip(raw), pair => Assert.Equal(factor * pair.Second, pair.First, 12));

        // At 20 % the factor of all three would be 2.68, above 1 / 0.383: the classifier is full, and the others share what is left.
        var high = LayerDensities.ErdosRenyiKernel(subject.Matrices, 0.2);
        var rest = ((0.2 * 2034) - 60) / (13 + 116);
        Assert.Equal([rest * raw[0], rest * raw[1], 1], high, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(0.2 * 2034, high.Zip(elements).Sum(pair => pair.First * pair.Second), 9);
    }

    [Fact]
    public void Lamp_divides_by_what_is_not_smaller()
    {
        using var scope = NewDisposeScope();
        var lamp = ElementScores.Lamp(tensor(new float[] { 4, 1, 9, 1 })).data<double>().ToArray();
        Assert.Equal([4 / 13.0, 1 / 14.0, 1, 1 / 15.0], lamp, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Random_scores_depend_on_the_seed_alone()
    {
        using var scope = NewDisposeScope();
        float[] Draw(int seed, long stream) => ElementScores.OfWeights(Criterion.Random, subject.Matrices, subject.Weights, seed, stream)[subject.Matrices[1].Name].contiguous().data<float>().ToArray();
        Assert.Equal(Draw(1, 0), Draw(1, 0));
        Assert.NotEqual(Draw(1, 0), Draw(2, 0));
        Assert.NotEqual(Draw(1, 0), Draw(1, 1));
    }

    WeightMasks Select(MaskPlan plan, double density)
    {
        using var scope = NewDisposeScope();
        var masks = subject.Full();
        plan.Select(ElementScores.OfWeights(Criterion.L2, subject.Matrices, subject.Weights, 1, 0), density, masks);
        return masks;
    }

    static bool[] Kept(WeightMasks masks, string name)
    {
        using var scope = NewDisposeScope();
        return [.. masks.Masks[name].contiguous().data<float>().ToArray().Select(value => value == 1)];
    }
}
