using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>One step of one direction: the input's share of the gates, hidden and cell state before, and both after it.</summary>
delegate (Tensor Hidden, Tensor? Cell) RecurrentCell(Tensor gates, Tensor hidden, Tensor? cell);

/// <summary>What a cell works with in one direction.</summary>
/// <param name="Recurrence">[gates * hidden, hidden].</param>
/// <param name="Bias">Of the recurrent product, [gates * hidden].</param>
/// <param name="Peepholes">[3 * hidden], for input, output and forget gate.</param>
/// <param name="Functions">Activation functions in the specification's order: gates, candidate, and for LSTM output.</param>
sealed record RecurrentDirection(Tensor Recurrence, Tensor? Bias, Tensor? Peepholes, Func<Tensor, Tensor>[] Functions);

/// <summary>The equations of RNN, GRU and LSTM.</summary>
static class RecurrentCells
{
    public static RecurrentCell Plain(NodeProto node, RecurrentDirection direction)
    {
        var clip = Clipping(node);
        return (gates, hidden, _) => (direction.Functions[0](clip(gates + functional.linear(hidden, direction.Recurrence, direction.Bias))), null);
    }

    /// <summary>Gates in the order input, output, forget, candidate; input_forget couples the forget gate to the input gate.</summary>
    public static RecurrentCell Lstm(NodeProto node, RecurrentDirection direction)
    {
        var (clip, coupled) = (Clipping(node), node.Int("input_forget", 0) != 0);
        var peepholes = direction.Peepholes?.chunk(3, 0);
        var (gateFunction, candidateFunction, outputFunction) = (direction.Functions[0], direction.Functions[1], direction.Functions[2]);
        return (gates, hidden, cell) =>
        {
            var parts = (gates + functional.linear(hidden, direction.Recurrence, direction.Bias)).chunk(4, 1);
            Tensor Gate(int part, int peephole, Tensor state) =>
                gateFunction(clip(peepholes is null ? parts[part] : parts[part] + peepholes[peephole] * state));
            var input = Gate(0, 0, cell!);
            var forget = coupled ? 1 - input : Gate(2, 2, cell!);
            var next = forget * cell! + input * candidateFunction(clip(parts[3]));
            return (Gate(1, 1, next) * outputFunction(next), next);
        };
    }

    /// <summary>
    /// Gates in the order update, reset, candidate. With linear_before_reset the reset gate scales the recurrent product, else the state in it.
    /// </summary>
    public static RecurrentCell Gru(NodeProto node, RecurrentDirection direction)
    {
        var (clip, linearBeforeReset) = (Clipping(node), node.Int("linear_before_reset", 0) != 0);
        var (gateFunction, candidateFunction) = (direction.Functions[0], direction.Functions[1]);
        var matrices = direction.Recurrence.chunk(3, 0);
        var biases = direction.Bias?.chunk(3, 0);
        return (gates, hidden, _) =>
        {
            var given = gates.chunk(3, 1);
            Tensor Product(int part, Tensor state) => functional.linear(state, matrices[part], biases?[part]);
            Tensor update, reset, candidate;
            if (linearBeforeReset)
            {
                var own = functional.linear(hidden, direction.Recurrence, direction.Bias).chunk(3, 1);
                (update, reset) = (gateFunction(clip(given[0] + own[0])), gateFunction(clip(given[1] + own[1])));
                candidate = given[2] + reset * own[2];
            }
            else
            {
                (update, reset) = (gateFunction(clip(given[0] + Product(0, hidden))), gateFunction(clip(given[1] + Product(1, hidden))));
                candidate = given[2] + Product(2, reset * hidden);
            }

            candidate = candidateFunction(clip(candidate));
            return (candidate + update * (hidden - candidate), null);
        };
    }

    static Func<Tensor, Tensor> Clipping(NodeProto node)
    {
        if (!node.Has("clip")) return input => input;
        double bound = node.Float("clip", 0);
        return input => input.clamp(-bound, bound);
    }
}
