using static CompressTasks.OperatorSweep.Operators.Choices;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Cutting tensors into parts, joining them, and padding.</summary>
static class PartSweep
{
    public static void AddTo(SweepTable table)
    {
        table.Add("Concat", opset =>
        [
            .. from axis in opset >= 11 ? AxesOf(3) : [0, 1, 2]
            from count in new[] { 1, 2, 3 }
            select Enumerable.Range(0, count).Aggregate(new NodeCase(), (node, part) => node.Data([.. new long[] { 2, 3, 4 }.Select((length, i) => i == (axis + 3) % 3 ? part + 1L : length)])).With("axis", axis),
            new NodeCase().Data(2, 0).Data(2, 3).With("axis", 1),
        ]);
        table.Add("Split", Split);
        table.Add("Slice", Slice);
        table.Add("Pad", Pad);
    }

    static IEnumerable<NodeCase> Split(int opset)
    {
        foreach (var axis in opset >= 11 ? new[] { 1, -1 } : [1])
        {
            yield return new NodeCase().Data(3, 6).With("axis", axis).Outputs(3).Then(one => opset >= 18 ? one.With("num_outputs", 3) : one);
            foreach (var lengths in new long[][] { [1, 5], [2, 3, 1], [6], [0, 6] })
            {
                yield return new NodeCase().Data(3, 6).Then(one => opset < 13 ? one.With("split", lengths) : one.Longs(lengths)).With("axis", axis).Outputs(lengths.Length);
            }
        }

        yield return new NodeCase().Data(4).Outputs(2).Then(one => opset >= 18 ? one.With("num_outputs", 2) : one);
        if (opset >= 18) yield return new NodeCase().Data(2, 7).With("axis", 1).With("num_outputs", 3).Outputs(3);
    }

    static IEnumerable<NodeCase> Slice(int opset)
    {
        (long[] Starts, long[] Ends, long[]? Axes, long[]? Steps)[] slices =
        [
            ([1], [3], null, null), ([0, 1], [2, 3], [0, 2], null), ([-3], [-1], [1], null), ([1], [1000], [1], null), ([0], [-1], [2], null), ([3], [1], [1], null),
            ([0, 0, 0], [9, 9, 9], null, null),
        ];
        (long[], long[], long[]?, long[]?)[] stepped =
        [
            ([0], [5], [1], [2]), ([-1], [-1000], [1], [-1]), ([4], [0], [1], [-2]), ([-1, 0], [-9, 9], [-2, 0], [-3, 2]), ([1], [long.MaxValue], [-1], [3]),
            ([long.MaxValue], [long.MinValue], [2], [-1]), ([1000], [-1000], [2], [-1]),
        ];
        foreach (var (starts, ends, axes, steps) in opset < 10 ? slices : slices.Concat(stepped))
        {
            var data = new NodeCase().Data(3, 5, 7);
            if (opset < 10)
            {
                yield return data.With("starts", starts).With("ends", ends).With("axes", axes);
                continue;
            }

            data.Longs(starts).Longs(ends);
            if (axes is not null) data.Longs(axes);
            else if (steps is not null) data.Omitted();
            yield return steps is null ? data : data.Longs(steps);
        }
    }

    static IEnumerable<NodeCase> Pad(int opset)
    {
        string[] modes = ["constant", "reflect", "edge", .. opset >= 19 ? new[] { "wrap" } : []];
        long[][] amounts = [[0, 1, 0, 2], [1, 0, 2, 1], [0, -1, 0, 2], [0, 0, 0, 0], [2, 3, 1, 3], [-1, -2, 0, 1]];
        foreach (var mode in modes)
        {
            foreach (var pads in amounts)
            {
                // The reference does not say what a cut means before or after entries are repeated.
                if (mode != "constant" && pads.Any(pad => pad < 0)) continue;
                if (opset < 11) yield return new NodeCase().Data(3, 4).With("pads", pads).With("mode", mode);
                else yield return new NodeCase().Data(3, 4).Longs(pads).With("mode", mode);
            }
        }

        if (opset < 11)
        {
            yield return new NodeCase().Data(3, 4).With("pads", amounts[0]).With("value", 0.7);
            yield break;
        }

        yield return new NodeCase().Data(3, 4).Longs(amounts[0]).Constant(0.6);
        yield return new NodeCase().Data(1, 2, 3, 4).Longs(0, 0, 1, 2, 0, 1, 0, 2).With("mode", "reflect");
        if (opset < 18) yield break;
        foreach (var mode in modes)
        {
            yield return new NodeCase().Data(3, 4, 5).Longs(1, 2, 0, 1).Constant(0.4).Longs(1, 2).With("mode", mode);
            yield return new NodeCase().Data(3, 4, 5).Longs(1, 2).Omitted().Longs(-1).With("mode", mode);
        }
    }
}
