using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx.Tests;

public class WeightRolesTests
{
    [Theory]
    [InlineData("Add", 3, WeightRole.Weight)]
    [InlineData("Mul", 3, WeightRole.Weight)]
    [InlineData("Add", 1, WeightRole.Constant)]
    [InlineData("Mul", 1, WeightRole.Constant)]
    [InlineData("Sub", 3, WeightRole.Constant)]
    [InlineData("Div", 3, WeightRole.Constant)]
    [InlineData("Pow", 3, WeightRole.Constant)]
    [InlineData("Max", 3, WeightRole.Constant)]
    [InlineData("Min", 3, WeightRole.Constant)]
    [InlineData("PRelu", 1, WeightRole.Weight)]
    public void Who_reads_a_tensor_says_whether_it_is_trained(string reader, int length, WeightRole role)
    {
        var roles = Roles(b => b.Node(reader, [b.Input("x", 2, 3), b.RandomWeight("constant", [length], 1, 1)]));

        Assert.Equal(role, roles.RoleOf("constant"));
        Assert.Equal(role == WeightRole.Weight, roles.Weights.Contains("constant"));
    }

    [Fact]
    public void Fused_operators_have_weights_where_the_plain_ones_have_them()
    {
        var roles = Roles(b =>
        {
            var x = b.Node("com.microsoft.Attention", [b.Input("x", 2, 3, 8), b.RandomWeight("projection", [8, 24], 8, 1), b.RandomWeight("shift", [24], 1, 1), "", "", b.RandomWeight("distances", [1, 2, 3, 3], 1, 1)], new { num_heads = 2 });
            x = b.Node("com.microsoft.SkipLayerNormalization", [x, b.RandomWeight("positions", [3, 8], 1, 1), b.RandomWeight("scale", [8], 1, 1)]);
            x = b.Node("com.microsoft.RotaryEmbedding", [x, b.Initializer(TensorData.FromLongs("at", [1], [0])), b.RandomWeight("cosines", [3, 2], 1, 1), b.RandomWeight("sines", [3, 2], 1, 1)]);
            return b.Node("com.microsoft.FusedGemm", [b.Reshape(x, 6, 8), b.RandomWeight("matrix", [8, 2], 8, 1)]);
        });

        Assert.Equal(["matrix", "positions", "projection", "scale", "shift"], roles.Weights.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_filling_of_masked_places_is_not_trained()
    {
        var roles = Roles(b => b.Node("Where", [b.TypedInput("mask", DataType.Bool, 2, 3), b.Input("x", 2, 3), b.RandomWeight("filling", [3], 1, 1)]));

        Assert.Equal(WeightRole.Constant, roles.RoleOf("filling"));
    }

    [Fact]
    public void Weights_and_biases_of_a_single_output_are_trained()
    {
        var roles = Roles(b =>
        {
            var x = b.Conv(b.Input("x", 1, 1, 4, 4), 1, 1, name: "conv");
            return b.Gemm(b.Flatten(b.GlobalAveragePool(x)), 1, name: "gemm");
        });

        Assert.Equal(["conv.bias", "conv.weight", "gemm.bias", "gemm.weight"], roles.Weights.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Normalisations_have_trained_scales_and_counted_statistics()
    {
        var roles = Roles(b => b.BatchNormalization(b.Input("x", 1, 5, 2, 2), name: "bn"));

        Assert.Equal(["bn.bias", "bn.weight"], roles.Weights.Order(StringComparer.Ordinal));
        Assert.Equal(WeightRole.Statistic, roles.RoleOf("bn.running_mean"));
        Assert.Equal(WeightRole.Statistic, roles.RoleOf("bn.running_var"));
        Assert.Equal(10, roles.Buffers);
    }

    [Fact]
    public void The_first_state_and_the_lengths_of_a_recurrent_cell_are_not_trained()
    {
        var roles = Roles(b =>
        {
            var lengths = b.Initializer(new TensorProto { Name = "lengths", DataType = (int)DataType.Int32, Dims = { 2 }, Int32Data = { 6, 6 } });
            string[] inputs =
            [
                b.Input("x", 6, 2, 3), b.RandomWeight("w", [1, 16, 3], 1, 1), b.RandomWeight("r", [1, 16, 4], 1, 1), b.RandomWeight("b", [1, 32], 1, 1), lengths,
                b.RandomWeight("h", [1, 2, 4], 1, 1), b.RandomWeight("c", [1, 2, 4], 1, 1), b.RandomWeight("p", [1, 12], 1, 1),
            ];
            return b.Nodes("LSTM", inputs, 1, new { hidden_size = 4 })[0];
        });

        Assert.Equal(["b", "p", "r", "w"], roles.Weights.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Weights_are_found_behind_chains_of_rearranging_operators()
    {
        var roles = Roles(b =>
        {
            var joined = b.Node("Concat", [b.RandomWeight("upper", [2, 3], 1, 1), b.RandomWeight("lower", [1, 3], 1, 1)], new { axis = 0 });
            var turned = b.Node("Transpose", [b.Node("Cast", [joined], new { to = (int)DataType.Float })], new { perm = new[] { 1, 0 } });
            return b.Node("MatMul", [b.Input("x", 2, 3), turned]);
        });

        Assert.Equal(["lower", "upper"], roles.Weights.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_concatenated_to_an_activation_is_not_a_weight()
    {
        var roles = Roles(b => b.MatMul(b.Node("Concat", [b.Input("x", 2, 3), b.RandomWeight("padding", [2, 1], 1, 1)], new { axis = 1 }), 4, name: "fc"));

        Assert.Equal(["fc.weight"], roles.Weights);
    }

    [Fact]
    public void Looked_up_integers_are_no_weights_but_dequantised_ones_are()
    {
        var roles = Roles(b =>
        {
            var bytes = b.Initializer(TensorData.FromBytes("bytes", DataType.Int8, [8, 2], new byte[16]));
            var buckets = b.Initializer(TensorData.FromBytes("buckets", DataType.Int32, [4], new byte[16]));
            var table = b.Node("DequantizeLinear", [bytes, b.Scalar(0.5f)]);
            return b.Node("Gather", [table, b.Node("Gather", [buckets, b.TypedInput("ids", DataType.Int64, 3)])]);
        });

        Assert.Equal(["bytes"], roles.Weights);
    }

    static WeightRoles Roles(Func<ModelBuilder, string> make)
    {
        var builder = new ModelBuilder();
        return WeightRoles.Of(builder.Build(make(builder)).Graph);
    }
}
