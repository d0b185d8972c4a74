using CompressTasks.Onnx;
using CompressTasks.Pruning.Sparsity;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Sparsity;

/// <summary>A row holds what one output sums up, in that order.</summary>
public sealed class WeightMatrixTests
{
    [Fact]
    public void A_convolution_sums_input_channel_by_input_channel()
    {
        var b = new ModelBuilder();
        var matrix = Only(b.Build(b.Conv(b.Input("x", 1, 4, 5, 5), 6, 3, groups: 2)));

        Assert.Equal((6, 18, 9), (matrix.Rows, matrix.Columns, matrix.KernelSize));
        Assert.Equal(Enumerable.Range(18, 18).Select(value => (float)value), Row(matrix, [6, 2, 3, 3], 1));
    }

    [Fact]
    public void A_matrix_product_sums_over_its_first_axis_and_a_stored_transposed_one_over_its_last()
    {
        var b = new ModelBuilder();
        var matrix = Only(b.Build(b.MatMul(b.Input("x", 1, 4), 3)));
        Assert.Equal((3, 4), (matrix.Rows, matrix.Columns));
        Assert.Equal([1, 4, 7, 10], Row(matrix, [4, 3], 1));

        var gemm = b = new ModelBuilder();
        var transposed = Only(gemm.Build(gemm.Gemm(gemm.Input("x", 1, 4), 3)));
        Assert.Equal((3, 4), (transposed.Rows, transposed.Columns));
        Assert.Equal(transposed.Shape.Select(length => (int)length).ToArray() is [3, 4] ? [4, 5, 6, 7] : [1, 4, 7, 10], Row(transposed, [.. transposed.Shape], 1));
    }

    [Fact]
    public void A_transposed_convolution_sums_over_the_inputs_of_its_group()
    {
        var b = new ModelBuilder();
        var matrix = Only(b.Build(b.ConvTranspose(b.Input("x", 1, 4, 5, 5), 6, 2, groups: 2)));

        Assert.Equal((6, 8), (matrix.Rows, matrix.Columns));
        // Stored [4 inputs, 3 outputs of the group, 2, 2]: the first output reads inputs 0 and 1.
        Assert.Equal([0, 1, 2, 3, 12, 13, 14, 15], Row(matrix, [4, 3, 2, 2], 0));
    }

    [Fact]
    public void Going_to_a_matrix_and_back_changes_nothing()
    {
        foreach (var matrix in WeightMatrix.Of(Networks.CifarResNet(8)).Concat(WeightMatrix.Of(Networks.LeNet5())))
        {
            using var scope = NewDisposeScope();
            var weight = arange(matrix.Elements, float32).reshape([.. matrix.Shape]);
            Assert.Equal(0, matrix.FromMatrix(matrix.ToMatrix(weight)).sub(weight).count_nonzero().item<long>());
        }
    }

    [Fact]
    public void Only_what_multiplies_can_be_pruned()
    {
        var names = WeightMatrix.Of(Networks.CifarResNet(8)).Select(matrix => matrix.Name).ToArray();
        Assert.Equal(10, names.Length); // 7 convolutions, 2 shortcuts, 1 classifier
        Assert.Equal(430_500, WeightMatrix.Of(Networks.LeNet5()).Sum(matrix => matrix.Elements));
        Assert.Equal(266_200, WeightMatrix.Of(Networks.LeNet300100()).Sum(matrix => matrix.Elements));
    }

    static WeightMatrix Only(OnnxModel model) => Assert.Single(WeightMatrix.Of(model));

    static float[] Row(WeightMatrix matrix, long[] shape, int row)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(shape, matrix.Shape);
        return matrix.ToMatrix(arange(matrix.Elements, float32).reshape(shape))[row].contiguous().data<float>().ToArray();
    }
}
