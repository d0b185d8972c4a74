using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>
/// The heads of one fused attention. Query heads are (key-value head, member of its group), so that a cut takes a whole group, or the same
/// member of every group; where each query head has a key-value head of its own, the two are one.
/// </summary>
sealed class FusedHeads
{
    readonly CouplingContext context;
    readonly NodeProto node;
    readonly int[]? members;

    /// <param name="queries">Number of query heads, a multiple of <paramref name="shared"/>.</param>
    /// <param name="shared">Number of key-value heads.</param>
    public FusedHeads(NodeProto node, CouplingContext context, long queries, long shared)
    {
        (this.node, this.context) = (node, context);
        Shared = context.Labels.New(shared);
        members = queries == shared ? null : context.Labels.New(queries / shared);
        Queries = members is null ? Shared : context.Merge([Shared, members], [shared, members.Length]);
    }

    /// <summary>One label for each query head.</summary>
    public int[] Queries { get; }

    /// <summary>One label for each key-value head.</summary>
    public int[] Shared { get; }

    /// <summary>An axis on which all numbers of a query head follow each other.</summary>
    /// <param name="axis">Null for one that is never cut.</param>
    /// <param name="positions">Labels of the numbers of a head.</param>
    public void LieAlong(int[]? axis, int[] positions, bool isQuery)
    {
        var heads = isQuery ? Queries : Shared;
        if (axis is null || axis.Length != heads.Length * positions.Length) FreezeHeads(axis, positions);
        else if (isQuery && members is not null) context.Labels.AddProduct(axis, [Shared, members, positions], [Shared.Length, members.Length, positions.Length]);
        else context.Labels.AddProduct(axis, [Shared, positions], [Shared.Length, positions.Length]);
    }

    /// <summary>The numbers of heads: [batch, heads, length, size] or [batch, length, heads * size].</summary>
    public void Tie(string value, int[] positions, bool isQuery)
    {
        var axes = context.Of(value);
        if (axes.Length is not (3 or 4))
        {
            foreach (var axis in axes) FreezeHeads(axis, positions);
            FreezeHeads(null, positions);
            return;
        }

        var reason = new FreezeReason("batch or time of an attention", node.DisplayName());
        context.Freeze(axes[0], reason);
        context.Freeze(axes[^2], reason);
        if (axes.Length != 4)
        {
            LieAlong(axes[^1], positions, isQuery);
            return;
        }

        context.Tie(axes[1], isQuery ? Queries : Shared, node);
        context.Tie(axes[3], positions, node);
    }

    /// <summary>What is added to or multiplied with the scores [batch, heads, queries, keys]; an axis of one index serves all heads.</summary>
    public void TieScores(string value)
    {
        var (axes, shape) = (context.Of(value), context.Shape(value));
        for (var axis = 0; axis < axes.Length; axis++)
        {
            if (axis == axes.Length - 3 && shape[axis] > 1) context.Tie(axes[axis], Queries, node);
            else context.Freeze(axes[axis], new FreezeReason("batch or time of an attention", node.DisplayName()));
        }
    }

    void FreezeHeads(int[]? axis, int[] positions)
    {
        var reason = new FreezeReason(axis is null ? "tied to an axis that is never cut" : "shapes that do not fit", node.DisplayName());
        context.Freeze(axis, reason);
        context.Freeze(Queries, reason);
        context.Freeze(Shared, reason);
        context.Freeze(positions, reason);
    }
}
