using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Surgery;

/// <summary>Corrects the operands that hold lengths or positions along axes that became shorter.</summary>
sealed class SizeMending(CouplingGraph graph, bool[] removed, OnnxModel result, FreshNames names)
{
    readonly List<(NodeProto Reader, NodeProto Correction)> corrections = [];
    readonly Dictionary<string, TensorProto> initializers = result.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);

    public void MendAll()
    {
        foreach (var node in result.Graph.Node) Mend(node);
        Insert();
    }

    void Mend(NodeProto node)
    {
        switch (node.OpType)
        {
            case "Reshape" or "Expand":
                MendLengths(node, 1);
                break;
            case "ConstantOfShape":
                MendLengths(node, 0);
                break;
            case "Resize" when node.InputOrNull(3) is not null:
                MendLengths(node, 3);
                break;
            case "Split":
                MendSplit(node);
                break;
            case "Slice":
                MendSlice(node);
                break;
            case "Gather":
                MendIndices(node);
                break;
            case "Attention" when node.Ints("qkv_hidden_sizes") is { } sizes:
                MendProjections(node, sizes);
                break;
        }
    }

    TrackedAxis? Shortened(string value, int axis) =>
        graph.Axis(value, axis) is { } tracked && tracked.CountLiving(removed) < tracked.Length ? tracked : null;

    /// <summary>
    /// A list of the output's lengths: each positive constant along a shortened axis gets the new length; 0, -1 and lengths that are read
    /// from a cut tensor follow by themselves.
    /// </summary>
    void MendLengths(NodeProto node, int operand)
    {
        if (!initializers.ContainsKey(node.Input[operand]))
        {
            CorrectComputed(node, operand);
            return;
        }

        if ((node.OpType == "Resize" && node.Has("axes")) || graph.Shapes.Integers(node.Input[operand]) is not { } known) return;
        long[] lengths = [.. known];
        var changed = false;
        if (graph.Shapes.Of(node.Output[0]) is not { } shape) return;
        var offset = shape.Count - lengths.Length;
        for (var i = 0; i < lengths.Length; i++)
        {
            if (lengths[i] <= 0 || Shortened(node.Output[0], i + offset) is not { } axis) continue;
            if (node.OpType == "Expand" && lengths[i] == 1) continue;
            lengths[i] = axis.CountLiving(removed);
            changed = true;
        }

        if (changed) Replace(node, operand, lengths);
    }

    /// <summary>A list that is put together while the model runs: the difference is added to its constant entries.</summary>
    void CorrectComputed(NodeProto node, int operand)
    {
        if (graph.Lengths.Of(node.Input[operand]) is not { } origins || graph.Shapes.Integers(node.Input[operand]) is not { } lengths) return;
        if (graph.Shapes.Of(node.Output[0]) is not { } shape || shape.Count < origins.Length) return;
        var differences = new long[origins.Length];
        var offset = shape.Count - origins.Length;
        for (var i = 0; i < differences.Length; i++)
        {
            if (!origins[i].IsConstant || lengths[i] <= 0 || Shortened(node.Output[0], i + offset) is not { } axis) continue;
            if (node.OpType != "Expand" || lengths[i] != 1) differences[i] = axis.CountLiving(removed) - axis.Length;
        }

        if (Array.TrueForAll(differences, difference => difference == 0)) return;
        var constant = names.Next($"{node.Output[0]}/{operand}/difference");
        result.Graph.Initializer.Add(TensorData.FromLongs(constant, [differences.Length], differences));
        var sum = new NodeProto { OpType = "Add", Name = names.Next($"{node.Output[0]}/{operand}/corrected") };
        sum.Input.AddRange([node.Input[operand], constant]);
        sum.Output.Add(sum.Name);
        corrections.Add((node, sum));
        node.Input[operand] = sum.Name;
    }

    void Insert()
    {
        if (corrections.Count == 0) return;
        var before = corrections.ToLookup(correction => correction.Reader, correction => correction.Correction);
        NodeProto[] nodes = [.. result.Graph.Node.SelectMany(node => before[node].Append(node))];
        result.Graph.Node.Clear();
        result.Graph.Node.AddRange(nodes);
    }

    /// <summary>Queries, keys and values lie side by side in the weight's columns.</summary>
    void MendProjections(NodeProto node, long[] sizes)
    {
        if (Shortened(node.Input[1], 1) is not { } axis) return;
        var (lengths, start) = (new long[sizes.Length], 0);
        for (var i = 0; i < sizes.Length; i++)
        {
            for (var end = start + (int)sizes[i]; start < end; start++) lengths[i] += axis.Lives(start, removed) ? 1 : 0;
        }

        node.Set("qkv_hidden_sizes", lengths);
    }

    void MendSplit(NodeProto node)
    {
        var axis = Axis(node, 0);
        if (Shortened(node.Input[0], axis) is null) return;
        var lengths = new long[node.Output.Count];
        for (var i = 0; i < lengths.Length; i++)
        {
            graph.Shapes.TryGetKnown(node.Output[i], out var shape);
            lengths[i] = graph.Axis(node.Output[i], axis)?.CountLiving(removed) ?? shape![axis];
        }

        node.RemoveAttribute("num_outputs");
        if (result.Opset < 13) node.Set("split", lengths);
        else Replace(node, 1, lengths);
    }

    void MendSlice(NodeProto node)
    {
        if (SliceRange.Read(node, graph.Shapes) is not { } ranges) return;
        var starts = new long[ranges.Length];
        var ends = new long[ranges.Length];
        var changed = false;
        for (var i = 0; i < ranges.Length; i++)
        {
            (starts[i], ends[i]) = (ranges[i].Start, ranges[i].End);
            if (Shortened(node.Input[0], ranges[i].Axis) is not { } axis) continue;
            (starts[i], ends[i]) = NewBounds(ranges[i], axis);
            changed = true;
        }

        if (!changed) return;
        if (result.Opset < 10)
        {
            node.Set("starts", starts);
            node.Set("ends", ends);
            return;
        }

        Replace(node, 1, starts);
        Replace(node, 2, ends);
    }

    /// <summary>The slice is dense, so what is left of it is dense among what is left of the axis: as many places on, as many indices long.</summary>
    (long Start, long End) NewBounds(SliceRange range, TrackedAxis axis)
    {
        int[] taken = [.. range.Indices(axis.Length)];
        var (lowest, before, inside) = (taken.Min(), 0, 0);
        for (var index = 0; index < axis.Length; index++)
        {
            if (!axis.Lives(index, removed)) continue;
            if (index < lowest) before++;
            else if (index < lowest + taken.Length) inside++;
        }

        if (range.Step > 0) return (before, before + inside);
        return (before + inside - 1, before == 0 ? long.MinValue + 1 : before - 1);
    }

    void MendIndices(NodeProto node)
    {
        var axis = Axis(node, 0);
        if (Shortened(node.Input[0], axis) is not { } tracked || !initializers.ContainsKey(node.Input[1]) || graph.Shapes.Integers(node.Input[1]) is not { } indices) return;
        var positions = new int[tracked.Length];
        for (int index = 0, next = 0; index < positions.Length; index++) positions[index] = tracked.Lives(index, removed) ? next++ : -1;
        Replace(
            node,
            1,
            [.. indices.Select(index => (long)positions[index < 0 ? index + positions.Length : index]).Where(position => position >= 0)]);
    }

    int Axis(NodeProto node, long otherwise)
    {
        var axis = node.Int("axis", otherwise);
        return (int)(axis < 0 ? axis + graph.Shapes.Of(node.Input[0])!.Count : axis);
    }

    /// <summary>Gives the node a constant of its own, since exporters share equal ones between nodes.</summary>
    void Replace(NodeProto node, int operand, long[] values)
    {
        var name = names.Next($"{node.Output[0]}/{operand}/mended");
        while (node.Input.Count <= operand) node.Input.Add("");
        result.Graph.Initializer.Add(TensorData.FromLongs(name, [values.Length], values));
        node.Input[operand] = name;
    }
}
