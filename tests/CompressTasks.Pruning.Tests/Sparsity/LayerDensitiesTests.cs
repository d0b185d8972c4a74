using CompressTasks.Onnx;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Sparsity;

namespace CompressTasks.Pruning.Tests.Sparsity;

/// <summary>Two layers of 100 and 300 weights.</summary>
public class LayerDensitiesTests
{
    readonly IReadOnlyList<WeightMatrix> matrices;

    public LayerDensitiesTests()
    {
        var b = new ModelBuilder();
        matrices = WeightMatrix.Of(b.Build(b.MatMul(b.Relu(b.MatMul(b.Input("x", "N", 10), 10)), 30)));
    }

    [Fact]
    public void Layers_are_pruned_to_the_same_rise_of_the_loss()
    {
        // r / 2 of the first and r / 4 of the second: 125 r weights go, so r is 1.6 where 200 are to.
        var shares = LayerDensities.BySensitivity(matrices, [Curve((0.5, 1), (1, 2)), Curve((0.5, 2), (1, 4))], 0.5, 0);
        Assert.Equal([0.2, 0.6], shares.Select(share => Math.Round(share, 9)));
    }

    [Fact]
    public void What_is_not_missed_goes_first_and_only_as_much_as_is_asked_for()
    {
        var shares = LayerDensities.BySensitivity(matrices, [Curve((0.5, 0), (0.9, 1)), Curve((0.5, 1), (1, 2))], 0.95, 0);
        Assert.Equal([0.8, 1], shares.Select(share => Math.Round(share, 9)));
    }

    [Fact]
    public void No_layer_is_cut_off_beyond_what_was_measured()
    {
        // The first is flat up to 0.9 and 105 weights are to go, 15 of them from the second.
        var shares = LayerDensities.BySensitivity(matrices, [Curve((0.9, 0)), Curve((0.5, 1), (1, 2))], (400 - 105.0) / 400, 0);
        Assert.Equal([0.1, 0.95], shares.Select(share => Math.Round(share, 9)));
        Assert.Equal([0.05, 0.05], LayerDensities.BySensitivity(matrices, [Curve((0.9, 0)), Curve((0.9, 0))], 0.05, 0).Select(share => Math.Round(share, 9)));
    }

    [Fact]
    public void A_layer_without_a_curve_keeps_all_and_every_layer_its_least_share()
    {
        Assert.Equal([1, 0.5], LayerDensities.BySensitivity(matrices, [null, Curve((1, 1))], 0.625, 0).Select(share => Math.Round(share, 9)));
        Assert.Equal([0.3, 0.9], LayerDensities.BySensitivity(matrices, [Curve((1, 0)), Curve((1, 1))], 0.75, 0.3).Select(share => Math.Round(share, 9)));
    }

    static SensitivityCurve Curve(params (double Share, double Rise)[] points) => new(points.Select(point => new SensitivityPoint(point.Share, point.Rise, 0.1)));
}
