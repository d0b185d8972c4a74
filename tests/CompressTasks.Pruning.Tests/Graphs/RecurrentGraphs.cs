using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Tests;

/// <summary>LSTM, GRU and RNN with everything that they can be given.</summary>
static class RecurrentGraphs
{
    public static Dictionary<string, Func<ModelBuilder, IEnumerable<string>>> All { get; } = new()
    {
        ["two lstm layers in both directions"] = b =>
        {
            var x = b.Relu(b.MatMul(b.Input("x", 5, 2, 6), 7));
            var first = Layer(b, "LSTM", x, gates: 4, hidden: 6, directions: 2, peepholes: true);
            x = b.Reshape(b.Transpose(first[0], 0, 2, 1, 3), 0, 0, -1);
            var second = Layer(b, "LSTM", x, gates: 4, hidden: 4, directions: 2);
            return [b.MatMul(b.Reshape(b.Transpose(second[0], 0, 2, 1, 3), 0, 0, 8), 3), b.MatMul(second[2], 2)];
        },
        ["gru with sequence lengths and a batch that is not known"] = b =>
        {
            var x = b.Relu(b.MatMul(b.Input("x", "T", 2, 6), 7));
            var lengths = b.Initializer(Int32("lengths", 3, 4));
            var y = Layer(b, "GRU", x, gates: 3, hidden: 8, directions: 2, lengths: lengths, attributes: new { hidden_size = 8, direction = "bidirectional", linear_before_reset = 1 });
            return [b.MatMul(b.Reshape(b.Transpose(y[1], 1, 0, 2), 0, -1), 4)];
        },
        ["rnn read at its end"] = b =>
        {
            var y = Layer(b, "RNN", b.Input("x", "T", "N", 6), gates: 1, hidden: 9, directions: 1, state: false);
            return [b.Gemm(b.Relu(b.Gemm(b.Node("Squeeze", [y[1], b.Integers(0)]), 7)), 4)];
        },
        ["lstm whose states are made to size"] = b =>
        {
            var x = b.Input("x", "T", "N", 6);
            var batch = b.Node("Slice", [b.Node("Shape", [x]), b.Integers(1), b.Integers(2)]);
            var zeros = b.Node("ConstantOfShape", [b.Concat(0, b.Integers(1), batch, b.Integers(5))]);
            var weights = (string[])[b.RandomWeight("w", [1, 20, 6], 6, 1), b.RandomWeight("r", [1, 20, 5], 5, 1)];
            var y = b.Nodes("LSTM", [x, .. weights, "", "", zeros, zeros], 3, new { hidden_size = 5 });
            return [b.MatMul(b.Node("Squeeze", [y[0], b.Integers(1)]), 3)];
        },
    };

    static string[] Layer(ModelBuilder b, string name, string x, int gates, int hidden, int directions, bool state = true, bool peepholes = false, string lengths = "", object? attributes = null)
    {
        List<string> inputs =
        [
            x,
            b.RandomWeight("w", [directions, gates * hidden, b.Length(x, -1)], b.Length(x, -1), 1),
            b.RandomWeight("r", [directions, gates * hidden, hidden], hidden, 1),
            b.RandomWeight("bias", [directions, 2 * gates * hidden], 4, 1),
            lengths,
        ];
        var states = name == "LSTM" ? 2 : 1;
        if (state) inputs.AddRange(Enumerable.Range(0, states).Select(_ => b.RandomWeight("state", [directions, 2, hidden], 2, 1)));
        if (peepholes) inputs.Add(b.RandomWeight("peepholes", [directions, 3 * hidden], 2, 1));
        return b.Nodes(name, inputs, states + 1, attributes ?? new { hidden_size = hidden, direction = directions == 2 ? "bidirectional" : "forward" });
    }

    static TensorProto Int32(string name, params int[] values)
    {
        var bytes = new byte[values.Length * sizeof(int)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return TensorData.FromBytes(name, TensorProto.Types.DataType.Int32, [values.Length], bytes);
    }
}
