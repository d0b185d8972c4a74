using CompressTasks.Onnx;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests.Operators;

/// <summary>Attention in one operator, the standard's and ONNX Runtime's own.</summary>
public class AttentionTests
{
    [Fact]
    public void Attention_over_heads()
    {
        new OperatorCase("Attention", 23).Input([2, 4, 5, 8]).Input([2, 4, 7, 8]).Input([2, 4, 7, 6]).Agrees();
        new OperatorCase("Attention", 23).Input([2, 4, 5, 8]).Input([2, 2, 7, 8]).Input([2, 2, 7, 6]).With("scale", 0.3f).Agrees();
        new OperatorCase("Attention", 23).Input([2, 4, 5, 8]).Input([2, 4, 5, 8]).Input([2, 4, 5, 8]).With("is_causal", 1).Agrees();
        new OperatorCase("Attention", 23).Input([2, 4, 3, 8]).Input([2, 4, 5, 8]).Input([2, 4, 5, 8]).With("is_causal", 1).Agrees();
    }

    [Fact]
    public void Attention_over_features()
    {
        OperatorCase Case() => new OperatorCase("Attention", 23).Input([2, 5, 32]).Input([2, 7, 16]).Input([2, 7, 12]).With("q_num_heads", 4).With("kv_num_heads", 2);
        Case().Agrees();
        Case().With("softcap", 0.5f).Agrees();
        Case().Input([5, 7]).Agrees();
        Case().Input([2, 1, 5, 7]).With("softcap", 0.5f).Agrees();
        Case().Feed(rand(5, 7).gt(0.4)).Agrees();
    }

    [Fact]
    public void Attention_with_a_past()
    {
        new OperatorCase("Attention", 23).Input([2, 4, 5, 8]).Input([2, 4, 5, 8]).Input([2, 4, 5, 8]).Omitted().Input([2, 4, 3, 8]).Input([2, 4, 3, 8]).Agrees(outputs: 3);
        new OperatorCase("Attention", 23).Input([2, 4, 2, 8]).Input([2, 4, 2, 8]).Input([2, 4, 2, 8]).Omitted().Input([2, 4, 3, 8]).Input([2, 4, 3, 8]).With("is_causal", 1).Agrees(outputs: 3);
    }

    [Fact]
    public void Attention_with_outputs_that_only_ONNX_Runtime_computes() =>
        new OperatorCase("Attention", 23).Input([2, 4, 5, 8]).Input([2, 4, 7, 8]).Input([2, 4, 7, 6]).OutputsNamed("y", "", "", "scores").Agrees();

    [Fact]
    public void Self_attention_with_its_projection()
    {
        OperatorCase Case() => Fused("Attention").Input([2, 5, 12]).Weight([12, 48]).Weight([48]).With("num_heads", 4);
        Case().Agrees();
        Case().With("unidirectional", 1).Agrees();
        Case().With("scale", 0.7f).Agrees();
        Case().Feed(tensor([3, 5], ScalarType.Int32)).Agrees();
        Case().Feed(tensor([4, 5, 1, 0], ScalarType.Int32)).Agrees();
        Case().Feed(tensor([1, 1, 0, 1, 0, 1, 1, 1, 1, 0], 2, 5, ScalarType.Int32)).Agrees();
        Case().Feed(rand(2, 5, 5).gt(0.3).to(ScalarType.Int32)).With("mask_filter_value", -50f).Agrees();
        Case().Omitted().Omitted().Input([2, 4, 5, 5]).Agrees();
        Fused("Attention").Input([2, 5, 12]).Weight([12, 40]).Weight([40]).With("num_heads", 4).With("qkv_hidden_sizes", [16, 16, 8]).Agrees();
    }

    [Fact]
    public void Attention_between_projected_sequences()
    {
        OperatorCase Case(long value = 16) => Fused("MultiHeadAttention").Input([2, 5, 16]).Input([2, 7, 16]).Input([2, 7, value]).With("num_heads", 4);
        Case().Agrees();
        Case(24).Agrees();
        Case().With("scale", 0.7f).Weight([48]).Agrees();
        Case().Omitted().Feed(tensor([4, 7], ScalarType.Int32)).Agrees();
        Case().Omitted().Feed(rand(2, 7).gt(0.3).to(ScalarType.Int32)).Agrees();
        Case().Omitted().Omitted().Input([2, 4, 5, 7]).Agrees();
        Case().Omitted().Omitted().Input([1, 1, 5, 7]).Agrees();
        Fused("MultiHeadAttention").Input([2, 5, 16]).Input([2, 5, 16]).Input([2, 5, 16]).With("num_heads", 4).With("unidirectional", 1).Agrees();
    }

    [Fact]
    public void Attention_to_heads_and_to_a_past()
    {
        Fused("MultiHeadAttention").Input([2, 5, 16]).Input([2, 4, 7, 4]).Input([2, 4, 7, 4]).With("num_heads", 4).Agrees();
        Fused("MultiHeadAttention").Input([2, 2, 16]).Input([2, 2, 16]).Input([2, 2, 16]).Omitted().Omitted().Omitted().Input([2, 4, 3, 4]).Input([2, 4, 3, 4]).With("num_heads", 4).Agrees(outputs: 3);
        Fused("MultiHeadAttention").Input([2, 2, 16]).Input([2, 2, 16]).Input([2, 2, 16]).Omitted().Omitted().Omitted().Input([2, 4, 3, 4]).Input([2, 4, 3, 4]).With("num_heads", 4).With("unidirectional", 1).Agrees(outputs: 3);
    }

    [Fact]
    public void Packed_operands_are_what_they_are_unpacked()
    {
        // ONNX Runtime packs on a GPU only, so the unpacked form, which agrees with it, is the measure.
        using var scope = NewDisposeScope();
        var (query, key, value) = (rand(2, 5, 4, 3), rand(2, 5, 4, 3), rand(2, 5, 4, 3));
        var plain = Run(query.flatten(2), key.flatten(2), value.flatten(2));
        Assert.True(plain.allclose(Run(stack([query, key, value], 3)), atol: 1e-6));
        Assert.True(plain.allclose(Run(query.flatten(2), stack([key, value], 3)), atol: 1e-6));

        static Tensor Run(params Tensor[] inputs)
        {
            var single = Fused("MultiHeadAttention").With("num_heads", 4);
            foreach (var input in inputs) single.Feed(input);
            using var module = new GraphModule(single.Model());
            return module.Run(inputs)[0];
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void RotaryEmbedding(long interleaved)
    {
        var positions = tensor([0L, 1, 2, 4, 3, 0], 2, 3);
        new OperatorCase("RotaryEmbedding", 23).Input([2, 4, 3, 8]).Weight([6, 4]).Weight([6, 4]).Feed(positions).With("interleaved", interleaved).Agrees();
        new OperatorCase("RotaryEmbedding", 23).Input([2, 3, 32]).Weight([2, 3, 4]).Weight([2, 3, 4]).With("num_heads", 4).With("interleaved", interleaved).Agrees();
        new OperatorCase("RotaryEmbedding", 23).Input([2, 4, 3, 8]).Weight([6, 2]).Weight([6, 2]).Feed(positions).With("rotary_embedding_dim", 4).With("interleaved", interleaved).Agrees();
        Fused("RotaryEmbedding").Input([2, 3, 32]).Feed(positions).Weight([6, 4]).Weight([6, 4]).With("interleaved", interleaved).Agrees();
        Fused("RotaryEmbedding").Input([2, 4, 3, 8]).Feed(tensor([2L])).Weight([6, 4]).Weight([6, 4]).With("interleaved", interleaved).Agrees();
    }

    [Fact]
    public void GroupQueryAttention_is_run_by_ONNX_Runtime()
    {
        using var scope = NewDisposeScope();
        var single = Fused("GroupQueryAttention").Input([1, 3, 32]).Input([1, 3, 16]).Input([1, 3, 16]).Omitted().Omitted()
            .Feed(tensor([2], ScalarType.Int32)).Feed(tensor(3, ScalarType.Int32)).With("num_heads", 4).With("kv_num_heads", 2);
        single.Agrees(outputs: 3);
    }

    static OperatorCase Fused(string name) => new(name, domain: "com.microsoft");
}
