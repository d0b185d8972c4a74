using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>
/// LSTM, GRU and RNN. A hidden unit is a row of every gate's block in both weights and biases, a column of the recurrent weight, and
/// an index of states and outputs. Both directions share them, as the operator has one hidden size.
/// </summary>
static class RecurrentRules
{
    const int FirstBias = 3, InitialState = 5, InitialCell = 6, Peepholes = 7;

    public static void AddTo(RuleTable table)
    {
        table.Free("LSTM", (node, context) => Couple(node, context, gates: 4));
        table.Free("GRU", (node, context) => Couple(node, context, gates: 3));
        table.Free("RNN", (node, context) => Couple(node, context, gates: 1));
    }

    static void Couple(NodeProto node, CouplingContext context, long gates)
    {
        var (input, weight, recurrent) = (context.Of(node.Input[0]), context.Of(node.Input[1]), context.Of(node.Input[2]));
        var reason = new FreezeReason("time, batch or direction of a recurrent layer", node.DisplayName());
        context.Tie(input[2], weight[2], node);
        context.Consumes(node, node.Input[1], 2);
        context.Consumes(node, node.Input[2], 2);
        var hidden = recurrent[2] ?? context.Labels.New(context.Shape(node.Input[2])[2]);
        if (recurrent[2] is null) context.Freeze(hidden, new FreezeReason("recurrent weight that is not constant", node.DisplayName()));
        Blocks(weight[1], hidden, gates, context, node);
        Blocks(recurrent[1], hidden, gates, context, node);
        if (node.InputOrNull(FirstBias) is { } bias) Blocks(context.Of(bias)[1], hidden, 2 * gates, context, node);
        if (node.InputOrNull(Peepholes) is { } peepholes) Blocks(context.Of(peepholes)[1], hidden, 3, context, node);
        foreach (var state in (int[])[InitialState, InitialCell])
        {
            if (node.InputOrNull(state) is { } name) context.Tie(context.Of(name)[2], hidden, node);
        }

        context.SizeIn(node, "hidden_size", hidden);
        FreezeOthers(node, context, reason);
        foreach (var output in node.Output.Where(name => name.Length > 0))
        {
            var result = new int[]?[context.Shape(output).Length];
            result[^1] = hidden;
            context.Set(output, result);
        }
    }

    /// <summary>An axis of <paramref name="blocks"/> times the hidden size, the blocks being the gates.</summary>
    static void Blocks(int[]? axis, int[] hidden, long blocks, CouplingContext context, NodeProto node)
    {
        if (axis is null) context.Freeze(hidden, new FreezeReason("tied to an axis that is never cut", node.DisplayName()));
        else context.Labels.AddProduct(axis, [null, hidden], [blocks, hidden.Length]);
    }

    static void FreezeOthers(NodeProto node, CouplingContext context, FreezeReason reason)
    {
        foreach (var name in node.Input.Where(name => name.Length > 0))
        {
            var axes = context.Of(name);
            for (var axis = 0; axis < Math.Min(2, axes.Length); axis++)
            {
                var holdsUnits = axis == 1 && (name == node.Input[1] || name == node.Input[2] || name == node.InputOrNull(FirstBias) || name == node.InputOrNull(Peepholes));
                if (!holdsUnits) context.Freeze(axes[axis], reason);
            }
        }
    }
}
