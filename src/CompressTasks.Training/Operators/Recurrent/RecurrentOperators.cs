using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>
/// RNN, GRU and LSTM as a loop over time, so that gradients reach ONNX's own weight layout. A sequence that is shorter than the batch's longest
/// keeps its state and gives zeros after its end; in the reverse direction it starts at its own end.
/// </summary>
static class RecurrentOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("RNN", (node, _) => Recurrent(node, 1, RecurrentCells.Plain, ["Tanh"]));
        table.Add("GRU", (node, _) => Recurrent(node, 3, RecurrentCells.Gru, ["Sigmoid", "Tanh"]));
        table.Add("LSTM", (node, _) => Recurrent(node, 4, RecurrentCells.Lstm, ["Sigmoid", "Tanh", "Tanh"]));
    }

    static Kernel Recurrent(NodeProto node, int gates, Func<NodeProto, RecurrentDirection, RecurrentCell> cellOf, string[] activations)
    {
        var direction = node.Text("direction", "forward");
        var directions = direction == "bidirectional" ? 2 : 1;
        var batchFirst = node.Int("layout", 0) != 0;
        var functions = GateFunctions.Of(node, activations, directions).Chunk(activations.Length).ToArray();
        return arguments =>
        {
            var input = arguments.Tensor(0);
            if (batchFirst) input = input.transpose(0, 1);
            var (hidden, cells) = (Initial(arguments, 5, batchFirst), gates == 4 ? Initial(arguments, 6, batchFirst) : null);
            var results = new List<(Tensor Sequence, Tensor Hidden, Tensor? Cell)>();
            for (var number = 0; number < directions; number++)
            {
                var cell = cellOf(node, DirectionOf(arguments, number, gates, functions[number]));
                var isReverse = direction == "reverse" || number == 1;
                results.Add(Run(arguments, input, number, gates, cell, hidden?[number], cells?[number], isReverse));
            }

            var sequence = stack(results.Select(result => result.Sequence), 1);
            var lastHidden = stack(results.Select(result => result.Hidden), 0);
            if (batchFirst) (sequence, lastHidden) = (sequence.permute(2, 0, 1, 3), lastHidden.transpose(0, 1));
            if (gates != 4) return new Outputs(sequence, lastHidden);
            var lastCell = stack(results.Select(result => result.Cell!), 0);
            return new Outputs(sequence, lastHidden, batchFirst ? lastCell.transpose(0, 1) : lastCell);
        };
    }

    /// <summary>The bias holds the input's half first.</summary>
    static RecurrentDirection DirectionOf(Arguments arguments, int number, int gates, Func<Tensor, Tensor>[] functions)
    {
        var recurrence = arguments.Tensor(2)[number];
        var length = gates * recurrence.shape[1];
        return new(recurrence, arguments.OptionalTensor(3)?[number].narrow(0, length, length), arguments.OptionalTensor(7)?[number], functions);
    }

    static Tensor? Initial(Arguments arguments, int input, bool batchFirst) =>
        arguments.OptionalTensor(input) is { } state && batchFirst ? state.transpose(0, 1) : arguments.OptionalTensor(input);

    static (Tensor Sequence, Tensor Hidden, Tensor? Cell) Run(
        Arguments arguments, Tensor input, int number, int gates, RecurrentCell step, Tensor? hidden, Tensor? cell, bool reverse)
    {
        var size = arguments.Tensor(2).shape[2];
        var (steps, batch) = (input.shape[0], input.shape[1]);
        var bias = arguments.OptionalTensor(3)?[number].narrow(0, 0, gates * size);
        var inputGates = functional.linear(input, arguments.Tensor(1)[number], bias).unbind(0);
        hidden ??= zeros([batch, size], input.dtype, input.device);
        if (gates == 4) cell ??= zeros([batch, size], input.dtype, input.device);
        var lengths = arguments.OptionalIntegers(4);
        var ragged = lengths is not null && lengths.Any(length => length != steps);
        var sequence = new Tensor[steps];
        for (var i = 0; i < steps; i++)
        {
            var t = reverse ? steps - 1 - i : i;
            var (nextHidden, nextCell) = step(inputGates[t], hidden, cell);
            if (!ragged)
            {
                (hidden, cell, sequence[t]) = (nextHidden, nextCell, nextHidden);
                continue;
            }

            var runs = tensor(lengths!.Select(length => t < length).ToArray(), [batch, 1], device: input.device);
            hidden = where(runs, nextHidden, hidden);
            cell = nextCell is null ? null : where(runs, nextCell, cell!);
            sequence[t] = where(runs, nextHidden, zeros_like(nextHidden));
        }

        return (stack(sequence, 0), hidden, cell);
    }
}
