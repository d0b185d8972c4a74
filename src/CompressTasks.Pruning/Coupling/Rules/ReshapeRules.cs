using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Operators that only arrange axes anew. An axis that is split or merged becomes a product of axes.</summary>
static class ReshapeRules
{
    /// <summary>Beyond this many indices a merged run of axes is not tracked; its parts are frozen.</summary>
    const long LargestMergedAxis = 1 << 22;

    public static void AddTo(RuleTable table)
    {
        table.Passes("Reshape", Reshape);
        foreach (var name in (string[])["Flatten", "Squeeze", "Unsqueeze"]) table.Passes(name, Regroup);
        table.Passes("Transpose", Transpose);
        table.Passes("DepthToSpace", DepthToSpace);
        table.Passes("SpaceToDepth", SpaceToDepth);
        foreach (var name in (string[])["Shape", "Size"]) table.Passes(name, Untracked);
    }

    /// <summary>Lengths are followed by <see cref="ShapeComputations"/>.</summary>
    static void Untracked(NodeProto node, CouplingContext context)
    {
        context.Set(node.Output[0], new int[]?[context.Shape(node.Output[0]).Length]);
        if (node.OpType == "Size") context.FreezeAll(node.Input[0], new FreezeReason("length used in arithmetic", node.DisplayName()));
    }

    static void Transpose(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        var order = node.Ints("perm") ?? [.. Enumerable.Range(0, input.Length).Reverse().Select(axis => (long)axis)];
        context.Set(node.Output[0], [.. order.Select(axis => input[axis])]);
    }

    static void Reshape(NodeProto node, CouplingContext context)
    {
        Regroup(node, context);
        var result = context.Of(node.Output[0]);
        if (!context.IsInitializer(node.Input[1]))
        {
            ShapeComputations.CoupleWithTarget(node, context, node.Input[1], result, 0);
            return;
        }

        // A 0 copies the length of the input's axis at the same place.
        var (target, input) = (context.Shapes.Integers(node.Input[1]), context.Of(node.Input[0]));
        if (target is null || node.Int("allowzero", 0) != 0) return;
        for (var axis = 0; axis < target.Length; axis++)
        {
            if (target[axis] == 0 && result[axis] != input[axis]) context.Tie(input[axis], result[axis], node);
        }
    }

    /// <summary>Walks both shapes from the left; a run of axes on one side that holds as many elements as a run on the other is one product.</summary>
    static void Regroup(NodeProto node, CouplingContext context)
    {
        var labels = context.Of(node.Input[0]);
        var (from, to) = (context.Shape(node.Input[0]), context.Shape(node.Output[0]));
        var elements = Products(from).LastOrDefault(1);
        if (elements == 0 || elements != Products(to).LastOrDefault(1))
        {
            // No elements tell nothing of how they are regrouped; and a shape that nobody has inferred may be declared wrongly.
            RuleSet.FreezeNode(node, context, new FreezeReason("shape that is not understood", node.DisplayName()));
            return;
        }

        var result = new int[]?[to.Length];
        for (int i = 0, o = 0; i < from.Length || o < to.Length;)
        {
            var (firstIn, firstOut) = (i, o);
            long left = i < from.Length ? from[i++] : 1, right = o < to.Length ? to[o++] : 1;
            while (left != right)
            {
                if (left < right) left *= from[i++];
                else right *= to[o++];
            }

            Run(node, context, labels, from, firstIn..i, result, to, firstOut..o);
        }

        context.Set(node.Output[0], result);
    }

    static void Run(NodeProto node, CouplingContext context, int[]?[] labels, long[] from, Range inputs, int[]?[] result, long[] to, Range outputs)
    {
        var before = labels[inputs];
        var (fromLengths, toLengths) = (from[inputs], to[outputs]);
        if (before.All(axis => axis is null)) return;
        var firstOut = outputs.Start.Value;
        if (fromLengths.Length == 1 && toLengths.Length == 1)
        {
            result[firstOut] = before[0];
            return;
        }

        var total = toLengths.Aggregate(1L, (product, length) => product * length);
        if (total > LargestMergedAxis || total == 0)
        {
            foreach (var axis in before) context.Freeze(axis, new FreezeReason("merged axis too long to track", node.DisplayName()));
            return;
        }

        var parts = CommonParts(fromLengths, toLengths) ?? [total];
        Merge(context, Split(context, before, fromLengths, parts), parts, toLengths).CopyTo(result, firstOut);
    }

    /// <summary>The lengths into which both sides divide: groups, channels of a group and space, where channels and space become groups and the rest.</summary>
    /// <returns>Null where there are none.</returns>
    static long[]? CommonParts(long[] from, long[] to)
    {
        long[] bounds = [.. Products(from).Concat(Products(to)).Where(product => product > 1).Distinct().Order()];
        var parts = new long[bounds.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var before = i == 0 ? 1 : bounds[i - 1];
            if (bounds[i] % before != 0) return null;
            parts[i] = bounds[i] / before;
        }

        return parts;
    }

    static IEnumerable<long> Products(long[] lengths)
    {
        long product = 1;
        foreach (var length in lengths) yield return product *= length;
    }

    /// <summary>Labels of each part. Where an axis divides into no whole number of parts there is one part, the product of all axes.</summary>
    static int[]?[] Split(CouplingContext context, int[]?[] axes, long[] lengths, long[] parts)
    {
        if (parts.Length == 1 && lengths.Length > 1)
        {
            return [context.Merge(axes, lengths)];
        }

        var result = new List<int[]?>();
        for (var axis = 0; axis < axes.Length; axis++)
        {
            var own = PartsOf(lengths[axis], parts.AsSpan(result.Count));
            if (axes[axis] is not { } labels || own.Length == 0) result.AddRange(new int[]?[own.Length]);
            else if (own.Length == 1) result.Add(labels);
            else result.AddRange(context.Split(labels, own));
        }

        return [.. result];
    }

    static int[]?[] Merge(CouplingContext context, int[]?[] labels, long[] parts, long[] lengths)
    {
        if (parts is [_] && lengths.Length > 1)
        {
            return context.Split(labels[0]!, lengths);
        }

        var (result, next) = (new int[]?[lengths.Length], 0);
        for (var axis = 0; axis < lengths.Length; axis++)
        {
            var own = PartsOf(lengths[axis], parts.AsSpan(next));
            var factors = labels[next..(next += own.Length)];
            if (factors.Length == 1) result[axis] = factors[0];
            else if (factors.Any(factor => factor is not null)) result[axis] = context.Merge(factors, own);
        }

        return result;
    }

    /// <summary>As many of the leading parts as make up the length.</summary>
    static long[] PartsOf(long length, ReadOnlySpan<long> parts)
    {
        long product = 1;
        var count = 0;
        while (product < length) product *= parts[count++];
        return parts[..count].ToArray();
    }

    /// <summary>An output channel needs all of the input channels that become its pixels.</summary>
    static void DepthToSpace(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        var block = (int)node.Int("blocksize", 1);
        int[]? result = null;
        if (input[1] is { } channels)
        {
            result = context.Labels.New(channels.Length / (block * block));
            var byColumn = node.Text("mode", "DCR") == "CRD";
            for (var c = 0; c < channels.Length; c++) context.Labels.Unite(channels[c], result[byColumn ? c / (block * block) : c % result.Length]);
        }

        context.Set(node.Output[0], [input[0], result, null, null]);
    }

    static void SpaceToDepth(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        var block = (int)node.Int("blocksize", 1);
        var result = input[1] is { } channels ? Enumerable.Repeat(channels, block * block).SelectMany(copy => copy).ToArray() : null;
        context.Set(node.Output[0], [input[0], result, null, null]);
    }
}
