using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx.Tests;

/// <summary>Counts against the textbook formulas, written out with the numbers of each case.</summary>
public class CostModelTests
{
    [Fact]
    public void A_convolution_sums_over_kernel_and_input_channels_for_every_output()
    {
        var cost = Count(b => b.Conv(b.Input("x", 2, 6, 10, 10), 8, 3, stride: 2, padding: 1));

        // 2 images, 8 channels, 5 x 5 places, 6 channels under a 3 x 3 kernel; the bias adds parameters only.
        Assert.Equal(2 * 8 * 5 * 5 * 6 * 3 * 3, cost.Macs);
        Assert.Equal((8 * 6 * 3 * 3) + 8, cost.Parameters);
        Assert.Equal(2 * cost.Macs, cost.Flops);
    }

    [Fact]
    public void Groups_divide_the_channels_that_a_convolution_sums_over()
    {
        var cost = Count(b => b.Conv(b.Input("x", 1, 8, 7, 7), 16, 3, groups: 4, bias: false));

        Assert.Equal(16 * 5 * 5 * (8 / 4) * 9, cost.Macs);
        Assert.Equal(16 * (8 / 4) * 9, cost.Parameters);
    }

    [Fact]
    public void A_transposed_convolution_spreads_every_input_over_its_kernel()
    {
        var cost = Count(b => b.ConvTranspose(b.Input("x", 1, 8, 5, 5), 6, 3, stride: 2, groups: 2));

        Assert.Equal(8 * 5 * 5 * (6 / 2) * 3 * 3, cost.Macs);
        Assert.Equal((8 * (6 / 2) * 9) + 6, cost.Parameters);
    }

    [Fact]
    public void Matrix_products_multiply_rows_columns_and_depth()
    {
        Assert.Equal(5 * 3 * 7, Count(b => b.Gemm(b.Input("x", 5, 7), 3)).Macs);
        Assert.Equal(5 * 3 * 7, Count(b => b.Node("Gemm", [b.Input("x", 7, 5), b.Input("y", 7, 3)], new { transA = 1 })).Macs);
        Assert.Equal(2 * 4 * 3 * 5 * 7, Count(b => b.Node("MatMul", [b.Input("x", 2, 1, 3, 7), b.Input("y", 4, 7, 5)])).Macs);
        Assert.Equal(2 * 3 * 4 * 5, Count(b => b.Node("Einsum", [b.Input("x", 2, 3, 4), b.Input("y", 2, 4, 5)], new { equation = "bij,bjk->bik" })).Macs);
    }

    [Fact]
    public void Fused_products_are_counted_as_the_ones_they_are_made_of()
    {
        Assert.Equal(5 * 3 * 7, Count(b => b.Node("com.microsoft.FusedGemm", [b.Input("x", 5, 7), b.Input("y", 7, 3)], new { activation = "Relu" })).Macs);
        Assert.Equal(2 * 3 * 4 * 5, Count(b => b.Node("com.microsoft.FusedMatMul", [b.Input("x", 2, 4, 3), b.Input("y", 2, 4, 5)], new { transA = 1 })).Macs);
        Assert.Equal(2 * 3 * 4 * 5, Count(b => b.Node("com.microsoft.FusedMatMul", [b.Input("x", 3, 2, 4), b.Input("y", 2, 4, 5)], new { transBatchA = 1 })).Macs);
        Assert.Equal(2 * 3 * 4 * 5, Count(b => b.Node("com.microsoft.FusedMatMul", [b.Input("x", 4, 2, 3), b.Input("y", 2, 4, 5)], new { transBatchA = 1, transA = 1 })).Macs);
    }

    [Fact]
    public void Attention_multiplies_queries_with_keys_and_weights_with_values()
    {
        // 2 sequences, 4 heads, 5 queries, 7 keys, 8 numbers to compare and 6 to sum.
        const int Core = 2 * 4 * 5 * 7 * (8 + 6);
        Assert.Equal(Core, Count(b => b.Node("Attention", [b.Input("q", 2, 4, 5, 8), b.Input("k", 2, 2, 7, 8), b.Input("v", 2, 2, 7, 6)]), opset: 23).Macs);
        Assert.Equal(Core, Count(b => b.Node("com.microsoft.MultiHeadAttention", [b.Input("q", 2, 5, 32), b.Input("k", 2, 7, 32), b.Input("v", 2, 7, 24)], new { num_heads = 4 })).Macs);
        Assert.Equal(2 * 4 * 5 * 5 * (8 + 8), Count(b => b.Node("com.microsoft.MultiHeadAttention", [b.Input("q", 2, 5, 4, 3, 8)], new { num_heads = 4 })).Macs);
        var projecting = Count(b => b.Node("com.microsoft.Attention", [b.Input("x", 2, 5, 12), b.RandomWeight("w", [12, 96], 12, 1), b.RandomWeight("b", [96], 1, 1)], new { num_heads = 4 }));
        Assert.Equal((2 * 5 * 12 * 96) + (2 * 4 * 5 * 5 * (8 + 8)), projecting.Macs);
        Assert.Equal(13 * 96, projecting.Parameters);
    }

    [Theory]
    [InlineData("LSTM", 4)]
    [InlineData("GRU", 3)]
    [InlineData("RNN", 1)]
    public void Recurrent_cells_multiply_input_and_state_for_every_gate_step_and_direction(string cell, int gates)
    {
        var cost = Count(b => b.Nodes(
            cell,
            [b.Input("x", 6, 2, 3), b.RandomWeight("w", [2, gates * 4, 3], 3, 1), b.RandomWeight("r", [2, gates * 4, 4], 3, 1), b.RandomWeight("b", [2, gates * 8], 3, 1)],
            1,
            new { hidden_size = 4, direction = "bidirectional" })[0]);

        Assert.Equal(6 * 2 * 2 * gates * 4 * (3 + 4), cost.Macs);
        Assert.Equal(2 * gates * 4 * (3 + 4 + 2), cost.Parameters);
    }

    [Fact]
    public void Running_statistics_are_buffers_and_scales_are_parameters()
    {
        var cost = Count(b => b.BatchNormalization(b.Input("x", 1, 12, 4, 4)));

        Assert.Equal(24, cost.Parameters);
        Assert.Equal(24, cost.Buffers);
        Assert.Equal(0, cost.Macs);
    }

    [Fact]
    public void A_shared_weight_counts_once_but_its_products_every_time()
    {
        var cost = Count(b =>
        {
            var weight = b.RandomWeight("shared", [5, 5], 5, 1);
            return b.Node("MatMul", [b.Relu(b.Node("MatMul", [b.Input("x", 3, 5), weight])), b.Node("Identity", [weight])]);
        });

        Assert.Equal(25, cost.Parameters);
        Assert.Equal(2 * 3 * 5 * 5, cost.Macs);
    }

    [Fact]
    public void Constants_that_are_no_weights_are_not_parameters()
    {
        var cost = Count(b =>
        {
            var x = b.Relu6(b.Input("x", 1, 4, 6, 6));
            x = b.Mul(x, b.Scalar(0.125f));
            x = b.Node("Resize", [x, "", b.Weight("scales", [4], [1, 1, 2, 2])]);
            return b.Reshape(x, 1, -1);
        });

        Assert.Equal(0, cost.Parameters);
        Assert.Equal(0, cost.Buffers);
    }

    [Fact]
    public void Embeddings_biases_and_slopes_are_parameters()
    {
        var cost = Count(b =>
        {
            var x = b.Node("Gather", [b.RandomWeight("table", [50, 8], 8, 1), b.TypedInput("ids", DataType.Int64, 2, 5)]);
            x = b.Add(x, b.RandomWeight("bias", [8], 8, 1));
            return b.Node("PRelu", [x, b.RandomWeight("slope", [1], 1, 1)]);
        });

        Assert.Equal((50 * 8) + 8 + 1, cost.Parameters);
    }

    [Fact]
    public void Quantised_weights_are_as_many_parameters_as_before()
    {
        var cost = Count(b =>
        {
            var weight = b.Initializer(TensorData.FromBytes("q", DataType.Int8, [4, 3, 1, 1], new byte[12]));
            var scale = b.RandomWeight("scale", [4], 1, 1);
            return b.Node("Conv", [b.Input("x", 1, 3, 2, 2), b.Node("DequantizeLinear", [weight, scale], new { axis = 0 })]);
        });

        Assert.Equal(12, cost.Parameters);
    }

    [Fact]
    public void Weights_in_constant_nodes_count_like_initializers()
    {
        var cost = Count(b => b.Node("MatMul", [b.Input("x", 2, 3), b.Node("Constant", [], new { value = TensorData.FromFloats("", [3, 4], new float[12]) })]));

        Assert.Equal(12, cost.Parameters);
    }

    [Fact]
    public void Layers_are_listed_in_running_order_and_sum_to_the_whole()
    {
        var model = Networks.CifarResNet(8);

        var cost = CostModel.Count(model, ShapeInference.Infer(model, InputShapes.Resolve(model)));

        Assert.Equal("conv1", cost.Layers[0].Name);
        Assert.Equal("logits", cost.Layers[^1].Name);
        Assert.Equal(cost.Macs, cost.Layers.Sum(layer => layer.Macs));
        Assert.Equal(cost.Parameters, cost.Layers.Sum(layer => layer.Parameters));
        Assert.Equal(32 * 32 * 16 * 3 * 9, cost.Layers[0].Macs);
    }

    [Fact]
    public void A_dynamic_axis_without_a_length_is_an_error_that_says_how_to_give_one()
    {
        var model = Networks.LeNet5();

        var error = Assert.Throws<ModelException>(() => CostModel.Count(model, ShapeInference.Infer(model)));

        Assert.Equal(ModelException.Shape, error.Code);
        Assert.Contains("'conv1'", error.Message, StringComparison.Ordinal);
        Assert.Contains("--shape", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_beyond_counting_are_an_error_and_no_wrong_number()
    {
        const long side = 1L << 31;
        Assert.Equal(1L << 62, Count(b => b.Node("MatMul", [b.Input("x", side, 1), b.Input("y", 1, side)])).Macs);

        var error = Assert.Throws<ModelException>(() => Count(b => b.Node("MatMul", [b.Input("x", side, 4), b.Input("y", 4, side)])));

        Assert.Equal(ModelException.Shape, error.Code);
    }

    static ModelCost Count(Func<ModelBuilder, string> make, int opset = 17)
    {
        var builder = new ModelBuilder(opset: opset);
        var model = builder.Build(make(builder));
        return CostModel.Count(model, ShapeInference.Infer(model));
    }
}
