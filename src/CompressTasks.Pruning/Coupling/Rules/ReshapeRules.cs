using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Operators that only arrange axes anew. An axis that is split or merged becomes a product of axes.</summary>
static class ReshapeRules
{
    /// <summary>Beyond this many indices a merged run of axes is not tracked; its parts are frozen.</summary>
    const long LargestMergedAxis = 1 << 24;

    public static void Register(Dictionary<string, CouplingRule> rules)
    {
        rules["Reshape"] = Reshape;
        rules["Flatten"] = (node, context) => Regroup(node, context);
        rules["Transpose"] = Transpose;
        rules["Squeeze"] = (node, context) => Regroup(node, context);
        rules["Unsqueeze"] = (node, context) => Regroup(node, context);
        rules["Resize"] = rules["Upsample"] = Resize;
        rules["DepthToSpace"] = DepthToSpace;
        rules["SpaceToDepth"] = SpaceToDepth;
        rules["Shape"] = rules["Size"] = (node, context) => context.Set(node.Output[0], new int[]?[context.Shape(node.Output[0]).Length]);
    }

    static void Transpose(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        var order = node.Ints("perm") ?? [.. Enumerable.Range(0, input.Length).Reverse().Select(axis => (long)axis)];
        context.Set(node.Output[0], [.. order.Select(axis => input[axis])]);
    }

    static void Reshape(NodeProto node, CouplingContext context)
    {
        if (!context.IsInitializer(node.Input[1]))
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("shape that is not constant", node.DisplayName()));
            return;
        }

        Regroup(node, context);
    }

    /// <summary>Walks both shapes from the left; a run of axes on one side that holds as many elements as a run on the other is one product.</summary>
    static void Regroup(NodeProto node, CouplingContext context)
    {
        var labels = context.Of(node.Input[0]);
        var (from, to) = (context.Shape(node.Input[0]), context.Shape(node.Output[0]));
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

        var flat = fromLengths.Length == 1 ? before[0]! : Merge(context, before, fromLengths, total);
        if (toLengths.Length == 1)
        {
            result[firstOut] = flat;
            return;
        }

        int[]?[] parts = [.. toLengths.Select(length => context.Labels.New(length))];
        context.Labels.AddProduct(flat, parts, toLengths);
        parts.CopyTo(result, firstOut);
    }

    static int[] Merge(CouplingContext context, int[]?[] parts, long[] lengths, long total)
    {
        var flat = context.Labels.New(total);
        context.Labels.AddProduct(flat, parts, lengths);
        return flat;
    }

    /// <summary>Channels pass where their number does not change; with sizes that are computed at run time they cannot be cut.</summary>
    static void Resize(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        var (from, to) = (context.Shape(node.Input[0]), context.Shape(node.Output[0]));
        var sizes = node.OpType == "Resize" ? node.InputOrNull(3) : null;
        var fixedSizes = sizes is null || context.IsInitializer(sizes);
        var result = new int[]?[input.Length];
        for (var axis = 0; axis < input.Length; axis++)
        {
            if (from[axis] == to[axis] && fixedSizes) result[axis] = input[axis];
            else context.Freeze(input[axis], new FreezeReason(fixedSizes ? "resized axis" : "shape that is not constant", node.DisplayName()));
        }

        context.Set(node.Output[0], result);
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
