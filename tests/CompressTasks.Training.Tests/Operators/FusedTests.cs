using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests.Operators;

/// <summary>What ONNX Runtime's optimiser makes of convolutions, products, activations and normalisations.</summary>
public class FusedTests
{
    [Theory]
    [InlineData("Relu", new float[0])]
    [InlineData("Tanh", new float[0])]
    [InlineData("Sigmoid", new float[0])]
    [InlineData("LeakyRelu", new[] { 0.2f })]
    [InlineData("Clip", new[] { -0.5f, 0.7f })]
    [InlineData("HardSigmoid", new[] { 0.3f, 0.4f })]
    public void FusedConv(string activation, float[] parameters)
    {
        var convolution = Fused("FusedConv").Input([2, 3, 7, 7]).Weight([4, 3, 3, 3]).Weight([4]).With("activation", activation).With("pads", [1, 0, 1, 2]);
        if (parameters.Length > 0) convolution.With("activation_params", parameters);
        convolution.Agrees();
    }

    [Fact]
    public void FusedConv_with_an_addend_and_groups() =>
        Fused("FusedConv").Input([2, 4, 7, 7]).Weight([4, 2, 3, 3]).Weight([4]).Input([2, 4, 5, 5]).With("activation", "Relu").With("group", 2).Agrees();

    [Theory]
    [InlineData("Relu")]
    [InlineData("LeakyRelu")]
    [InlineData("Softplus")]
    [InlineData("Elu")]
    public void FusedGemm(string activation)
    {
        Fused("FusedGemm").Input([5, 3]).Weight([4, 3]).Weight([4]).With("transB", 1).With("activation", activation).With("activation_alpha", 0.3f).Agrees();
        Fused("FusedGemm").Input([3, 5]).Weight([3, 4]).Weight([5, 1]).With("transA", 1).With("alpha", 0.5f).With("beta", 2f).With("activation", "Tanh").Agrees();
    }

    [Fact]
    public void FusedMatMul()
    {
        Fused("FusedMatMul").Input([2, 3, 5]).Input([2, 5, 4]).With("alpha", 0.5f).Agrees();
        Fused("FusedMatMul").Input([2, 5, 3]).Input([2, 4, 5]).With("transA", 1).With("transB", 1).Agrees();
        Fused("FusedMatMul").Input([3, 2, 5]).Input([2, 5, 4]).With("transBatchA", 1).Agrees();
        Fused("FusedMatMul").Input([5, 2, 3, 6]).Input([4, 2, 3, 5]).With("transBatchA", 1).With("transBatchB", 1).With("transA", 1).With("transB", 1).Agrees();
    }

    [Fact]
    public void Gelus()
    {
        Fused("Gelu").Input([2, 3, 5], -3, 3).Agrees();
        Fused("BiasGelu").Input([2, 3, 5], -3, 3).Weight([5]).Agrees();
        Fused("FastGelu").Input([2, 3, 5], -3, 3).Agrees();
        Fused("FastGelu").Input([2, 3, 5], -3, 3).Weight([5]).Agrees();
        Fused("QuickGelu").Input([2, 3, 5], -3, 3).Agrees();
        Fused("QuickGelu").Input([2, 3, 5], -3, 3).With("alpha", 1.3f).Agrees();
    }

    [Fact]
    public void SkipLayerNormalization()
    {
        Fused("SkipLayerNormalization").Input([2, 3, 8]).Input([2, 3, 8]).Weight([8]).Weight([8]).Weight([8]).With("epsilon", 1e-3f).Agrees();
        Fused("SkipLayerNormalization").Input([2, 3, 8]).Weight([3, 8]).Weight([8]).Agrees();
        Fused("SkipLayerNormalization").Input([2, 3, 8]).Input([2, 3, 8]).Weight([8]).Weight([8]).OutputsNamed("y", "", "", "sum").Agrees();
    }

    [Fact]
    public void SkipSimplifiedLayerNormalization()
    {
        Fused("SkipSimplifiedLayerNormalization").Input([2, 3, 8]).Input([2, 3, 8]).Weight([8]).With("epsilon", 1e-3f).Agrees();
        Fused("SkipSimplifiedLayerNormalization").Input([2, 3, 8]).Input([2, 3, 8]).Weight([8]).Weight([8]).OutputsNamed("y", "", "", "sum").Agrees();
    }

    [Fact]
    public void EmbedLayerNormalization()
    {
        var ids = tensor([1, 4, 0, 2, 2, 3], 2, 3, ScalarType.Int32);
        var segments = tensor([0, 0, 1, 1, 0, 1], 2, 3, ScalarType.Int32);
        var mask = tensor([1, 1, 0, 1, 1, 1], 2, 3, ScalarType.Int32);
        OperatorCase Case() => Fused("EmbedLayerNormalization").Feed(ids);
        Case().Feed(segments).Weight([5, 8]).Weight([6, 8]).Weight([2, 8]).Weight([8]).Weight([8]).Feed(mask).With("epsilon", 1e-3f).Outputs(DataType.Float, DataType.Int32).Agrees();
        Case().Omitted().Weight([5, 8]).Weight([6, 8]).Omitted().Weight([8]).Weight([8]).Outputs(DataType.Float, DataType.Int32, DataType.Float).Agrees();
        var positions = tensor([3, 1, 0, 5, 2, 4], 2, 3, ScalarType.Int32);
        Case().Omitted().Weight([5, 8]).Weight([6, 8]).Omitted().Weight([8]).Weight([8]).Omitted().Feed(positions).Outputs(DataType.Float, DataType.Int32).Agrees();
    }

    [Fact]
    public void Normalisations_with_their_statistics()
    {
        new OperatorCase("LayerNormalization").Input([3, 4, 6]).Weight([4, 6]).Weight([4, 6]).With("axis", 1).Agrees(outputs: 3);
        new OperatorCase("SimplifiedLayerNormalization").Input([3, 4, 6]).Weight([6]).With("epsilon", 1e-3f).Agrees(outputs: 2);
        new OperatorCase("RMSNormalization", 23).Input([3, 4, 6]).Weight([4, 6]).With("axis", 1).Agrees();
    }

    static OperatorCase Fused(string name) => new(name, domain: "com.microsoft");
}
