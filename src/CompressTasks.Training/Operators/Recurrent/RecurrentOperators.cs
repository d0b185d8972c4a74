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
        table.Add("RNN", (node, _) => Recurrent(node, 1, Plain, ["Tanh"]));
        table.Add("GRU", (node, _) => Recurrent(node, 3, Gru, ["Sigmoid", "Tanh"]));
        table.Add("LSTM", (node, _) => Recurrent(node, 4, Lstm, ["Sigmoid", "Tanh", "Tanh"]));
    }

    /// <summary>
    /// One step of one direction: the input's share of the gates, what multiplies a state by the recurrent weights, hidden and cell state.
    /// </summary>
    delegate (Tensor Hidden, Tensor? Cell) Cell(Tensor gates, Func<Tensor, Tensor> recurrent, Tensor hidden, Tensor? cell);

    /// <summary>What a cell needs of one direction beside the two matrices.</summary>
    sealed record Direction(Tensor Recurrence, Tensor? RecurrentBias, Tensor? Peepholes);

    static Kernel Recurrent(NodeProto node, int gates, Func<NodeProto, Direction, Cell> cellOf, string[] activations)
    {
        var direction = node.Text("direction", "forward");
        var directions = direction == "bidirectional" ? 2 : 1;
        var batchFirst = node.Int("layout", 0) != 0;
        var chosen = node.Attribute("activations")?.Strings.Select(name => name.ToStringUtf8()).ToArray();
        if (chosen is not null && !chosen.SequenceEqual(Enumerable.Repeat(activations, directions).SelectMany(names => names)))
        {
            throw OperatorErrors.UnsupportedForm(node, $"the activations {string.Join(", ", chosen)}");
        }

        if (node.Has("clip")) throw OperatorErrors.UnsupportedForm(node, "clipping");
        if (node.Int("input_forget", 0) != 0) throw OperatorErrors.UnsupportedForm(node, "coupled input and forget gates");
        return arguments =>
        {
            var input = arguments.Tensor(0);
            if (batchFirst) input = input.transpose(0, 1);
            var (hidden, cells) = (Initial(arguments, 5, batchFirst), gates == 4 ? Initial(arguments, 6, batchFirst) : null);
            var results = Enumerable.Range(0, directions)
                .Select(d => RunDirection(node, arguments, input, d, gates, cellOf, hidden?[d], cells?[d], direction == "reverse" || d == 1))
                .ToList();
            var sequence = stack(results.Select(result => result.Sequence), 1);
            var lastHidden = stack(results.Select(result => result.Hidden), 0);
            if (batchFirst) (sequence, lastHidden) = (sequence.permute(2, 0, 1, 3), lastHidden.transpose(0, 1));
            if (gates != 4) return new Outputs(sequence, lastHidden);
            var lastCell = stack(results.Select(result => result.Cell!), 0);
            return new Outputs(sequence, lastHidden, batchFirst ? lastCell.transpose(0, 1) : lastCell);
        };
    }

    static Tensor? Initial(Arguments arguments, int input, bool batchFirst) =>
        arguments.OptionalTensor(input) is { } state && batchFirst ? state.transpose(0, 1) : arguments.OptionalTensor(input);

    static (Tensor Sequence, Tensor Hidden, Tensor? Cell) RunDirection(
        NodeProto node,
        Arguments arguments,
        Tensor input,
        int number,
        int gates,
        Func<NodeProto, Direction, Cell> cellOf,
        Tensor? hidden,
        Tensor? cell,
        bool reverse)
    {
        var recurrence = arguments.Tensor(2)[number];
        var size = recurrence.shape[1];
        var (steps, batch) = (input.shape[0], input.shape[1]);
        var bias = arguments.OptionalTensor(3)?[number];
        var inputGates = functional.linear(input, arguments.Tensor(1)[number], bias?.narrow(0, 0, gates * size)).unbind(0);
        var recurrentBias = bias?.narrow(0, gates * size, gates * size);
        var step = cellOf(node, new Direction(recurrence, recurrentBias, arguments.OptionalTensor(7)?[number]));
        Tensor ApplyRecurrence(Tensor state) => functional.linear(state, recurrence, recurrentBias);
        hidden ??= zeros([batch, size], input.dtype, input.device);
        if (gates == 4) cell ??= zeros([batch, size], input.dtype, input.device);
        var lengths = arguments.OptionalIntegers(4);
        var ragged = lengths is not null && lengths.Any(length => length != steps);
        var sequence = new Tensor[steps];
        for (var i = 0; i < steps; i++)
        {
            var t = reverse ? steps - 1 - i : i;
            var (nextHidden, nextCell) = step(inputGates[t], ApplyRecurrence, hidden, cell);
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

    static Cell Plain(NodeProto node, Direction direction) => (gates, recurrent, hidden, _) => ((gates + recurrent(hidden)).tanh(), null);

    /// <summary>Gates in the order input, output, forget, candidate; peepholes in the order input, output, forget.</summary>
    static Cell Lstm(NodeProto node, Direction direction)
    {
        var peepholes = direction.Peepholes?.chunk(3, 0);
        return (gates, recurrent, hidden, cell) =>
        {
            var parts = (gates + recurrent(hidden)).chunk(4, 1);
            Tensor Gate(int part, int peephole, Tensor state) =>
                (peepholes is null ? parts[part] : parts[part] + peepholes[peephole] * state).sigmoid();
            var next = Gate(2, 2, cell!) * cell! + Gate(0, 0, cell!) * parts[3].tanh();
            return (Gate(1, 1, next) * next.tanh(), next);
        };
    }

    /// <summary>
    /// Gates in the order update, reset, candidate. With linear_before_reset the reset gate scales the recurrent product, else the state in it.
    /// </summary>
    static Cell Gru(NodeProto node, Direction direction)
    {
        var linearBeforeReset = node.Int("linear_before_reset", 0) != 0;
        var matrices = direction.Recurrence.chunk(3, 0);
        var biases = direction.RecurrentBias?.chunk(3, 0);
        return (gates, recurrent, hidden, _) =>
        {
            var given = gates.chunk(3, 1);
            Tensor Recurrent(int part, Tensor state) => functional.linear(state, matrices[part], biases?[part]);
            if (linearBeforeReset)
            {
                var own = recurrent(hidden).chunk(3, 1);
                var (updates, resets) = ((given[0] + own[0]).sigmoid(), (given[1] + own[1]).sigmoid());
                return (Mixed((given[2] + resets * own[2]).tanh(), updates, hidden), null);
            }

            var update = (given[0] + Recurrent(0, hidden)).sigmoid();
            var reset = (given[1] + Recurrent(1, hidden)).sigmoid();
            return (Mixed((given[2] + Recurrent(2, reset * hidden)).tanh(), update, hidden), null);
        };
    }

    static Tensor Mixed(Tensor candidate, Tensor update, Tensor hidden) => candidate + update * (hidden - candidate);
}
