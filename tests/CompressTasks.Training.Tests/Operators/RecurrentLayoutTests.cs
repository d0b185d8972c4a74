using CompressTasks.Onnx;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Operators;

/// <summary>ONNX Runtime has no kernel for layout 1, so that it is compared with layout 0, which is swept.</summary>
public class RecurrentLayoutTests
{
    const long Steps = 4, Batch = 3, Features = 2, Hidden = 5, Directions = 2;

    [Theory]
    [InlineData("RNN", 1)]
    [InlineData("GRU", 3)]
    [InlineData("LSTM", 4)]
    public void Batch_first_is_the_same_with_other_axes(string name, long gates)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        manual_seed(1);
        var (input, hidden, cell) = (randn(Steps, Batch, Features), randn(Directions, Batch, Hidden), randn(Directions, Batch, Hidden));
        Tensor[] states = gates == 4 ? [hidden, cell] : [hidden];
        var expected = Run(Layer(name, gates, 0), [input, .. states]);
        var actual = Run(Layer(name, gates, 1), [.. states.Prepend(input).Select(tensor => tensor.transpose(0, 1))]);
        Assert.True(allclose(expected[0].permute(2, 0, 1, 3), actual[0]));
        for (var state = 1; state < expected.Count; state++) Assert.True(allclose(expected[state].transpose(0, 1), actual[state]));
    }

    static OnnxModel Layer(string name, long gates, long layout)
    {
        long[] state = layout == 0 ? [Directions, Batch, Hidden] : [Batch, Directions, Hidden];
        var single = new OperatorCase(name).With("direction", "bidirectional").With("hidden_size", Hidden).With("layout", layout)
            .Input(layout == 0 ? [Steps, Batch, Features] : [Batch, Steps, Features]).Weight([Directions, gates * Hidden, Features])
            .Weight([Directions, gates * Hidden, Hidden]).Weight([Directions, 2 * gates * Hidden]).Omitted().Input(state);
        if (gates == 4) single.Input(state);
        return single.Model(gates == 4 ? 3 : 2);
    }

    static IReadOnlyList<Tensor> Run(OnnxModel model, Tensor[] inputs)
    {
        using var module = new GraphModule(model);
        module.eval();
        return module.Run(inputs);
    }
}
