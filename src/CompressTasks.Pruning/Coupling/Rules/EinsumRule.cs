using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Einsum: one letter is one axis in all operands; a letter that the result lacks is summed over.</summary>
static class EinsumRule
{
    public static void AddTo(RuleTable table) => table.Free("Einsum", Couple);

    static void Couple(NodeProto node, CouplingContext context)
    {
        var shapes = node.Input.Select(context.Shape).ToArray();
        if (EinsumEquation.Parse(node) is not { } equation || equation.Lengths([.. shapes.Select(shape => Array.ConvertAll(shape, Dimension.Known))]) is not { } lengths)
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("equation that is not understood", node.DisplayName()));
            return;
        }

        var axes = new Dictionary<string, List<int[]?>>(StringComparer.Ordinal);
        var outputs = equation.OutputLabels(lengths);
        for (var operand = 0; operand < shapes.Length; operand++)
        {
            var labels = context.Of(node.Input[operand]);
            var letters = equation.InputLabels(operand, labels.Length)!;
            for (var axis = 0; axis < labels.Length; axis++)
            {
                if (shapes[operand][axis] != lengths[letters[axis]]) context.Freeze(labels[axis], new FreezeReason("broadcast axis", node.DisplayName()));
                else if (axes.TryGetValue(letters[axis], out var known)) known.Add(labels[axis]);
                else axes[letters[axis]] = [labels[axis]];
                if (letters.Count(letter => letter == letters[axis]) > 1) context.Freeze(labels[axis], new FreezeReason("diagonal", node.DisplayName()));
                if (!outputs.Contains(letters[axis])) context.Consumes(node, node.Input[operand], axis);
            }
        }

        foreach (var list in axes.Values)
        {
            foreach (var other in list.Skip(1))
            {
                if (list[0] is not null || other is not null) context.Tie(list[0], other, node);
            }
        }

        context.Set(node.Output[0], [.. outputs.Select(letter => axes.TryGetValue(letter, out var list) ? list.Find(labels => labels is not null) : null)]);
    }
}
