using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>NumPy broadcasting on labels: axes are aligned from the right, an axis of one index carries no tie.</summary>
static class Broadcasting
{
    /// <summary>Labels and lengths of an operand's axes.</summary>
    public readonly record struct Operand(int[]?[] Labels, long[] Shape);

    /// <summary>Ties the operands' axes and returns the labels of the result.</summary>
    public static int[]?[] Couple(NodeProto node, CouplingContext context, long[] resultShape, IReadOnlyList<Operand> operands)
    {
        var result = new int[]?[resultShape.Length];
        for (var axis = 0; axis < result.Length; axis++)
        {
            var aligned = new List<int[]?>();
            foreach (var operand in operands)
            {
                var own = axis - (result.Length - operand.Shape.Length);
                if (own < 0) continue;
                if (operand.Shape[own] == resultShape[axis]) aligned.Add(operand.Labels[own]);
                else context.Freeze(operand.Labels[own], new FreezeReason("broadcast axis", node.DisplayName()));
            }

            result[axis] = Join(node, context, aligned, resultShape[axis]);
        }

        return result;
    }

    static int[]? Join(NodeProto node, CouplingContext context, List<int[]?> aligned, long length)
    {
        var tracked = aligned.OfType<int[]>().FirstOrDefault();
        if (tracked is null) return null;
        foreach (var other in aligned) context.Tie(tracked, other, node);
        if (length == 1) context.Freeze(tracked, new FreezeReason("only index of its axis", node.DisplayName()));
        return tracked;
    }
}
