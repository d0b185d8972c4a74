using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Operators;

public class RecurrentTests
{
    const long Steps = 5, Batch = 3, Features = 4, Hidden = 6;

    [Theory]
    [InlineData("LSTM", 4, "forward")]
    [InlineData("LSTM", 4, "reverse")]
    [InlineData("LSTM", 4, "bidirectional")]
    [InlineData("GRU", 3, "forward")]
    [InlineData("GRU", 3, "bidirectional")]
    [InlineData("RNN", 1, "forward")]
    [InlineData("RNN", 1, "bidirectional")]
    public void Recurrent_layers(string name, long gates, string direction)
    {
        var outputs = name == "LSTM" ? 3 : 2;
        Case(name, gates, direction).Agrees(outputs);
        Case(name, gates, direction, bias: true).Agrees(outputs);
    }

    [Theory]
    [InlineData("LSTM", 4)]
    [InlineData("GRU", 3)]
    public void Sequences_of_several_lengths_with_initial_states(string name, long gates)
    {
        using var scope = NewDisposeScope();
        var single = Case(name, gates, "bidirectional", bias: true).Feed(tensor(new[] { 5, 2, 3 })).Input([2, Batch, Hidden]);
        if (name == "LSTM") single.Input([2, Batch, Hidden]);
        single.Agrees(name == "LSTM" ? 3 : 2);
    }

    [Fact]
    public void GRU_with_the_reset_gate_after_the_product() => Case("GRU", 3, "forward", bias: true).With("linear_before_reset", 1).Agrees(2);

    [Fact]
    public void LSTM_with_peepholes() => Case("LSTM", 4, "forward", bias: true).Omitted().Omitted().Omitted().Weight([1, 3 * Hidden]).Agrees(3);

    static OperatorCase Case(string name, long gates, string direction, bool bias = false)
    {
        var directions = direction == "bidirectional" ? 2 : 1;
        var single = new OperatorCase(name, 14).With("direction", direction).With("hidden_size", Hidden)
            .Input([Steps, Batch, Features]).Weight([directions, gates * Hidden, Features]).Weight([directions, gates * Hidden, Hidden]);
        return bias ? single.Weight([directions, 2 * gates * Hidden]) : single;
    }
}
