using static CompressTasks.OperatorSweep.Operators.Choices;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Reductions, extremes, cumulative sums.</summary>
static class ReductionSweep
{
    public static void AddTo(SweepTable table)
    {
        foreach (var name in new[] { "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp" })
        {
            table.Add(name, opset => Reduce(opset, axesAreInput: opset >= (name == "ReduceSum" ? 13 : 18), low: name == "ReduceLogSum" ? 0.3 : -1), integers: name != "ReduceLogSumExp");
        }

        foreach (var name in new[] { "ArgMax", "ArgMin" }) table.Add(name, Extremes, gradient: false);
        table.Add("CumSum", _ =>
            from axis in new[] { 0, 1, 2, -1 }
            from exclusive in Flags
            from reverse in Flags
            select new NodeCase().Data(3, 4, 5).Long(axis).With("exclusive", exclusive).With("reverse", reverse));
        table.Add("TopK", TopK);
    }

    static IEnumerable<NodeCase> Reduce(int opset, bool axesAreInput, double low)
    {
        long[]?[] choices = [[1], [0, 2], [0, 1, 2, 3], null, .. opset >= 11 ? new long[]?[] { [-1], [-2, 1] } : []];
        foreach (var keep in Flags)
        {
            foreach (var axes in choices) yield return Over(new NodeCase().Between(low, 1, 2, 3, 1, 5), axes, axesAreInput).With("keepdims", keep);
            yield return new NodeCase().Between(low, 1, 7).With("keepdims", keep);
            yield return new NodeCase().Between(low, 1).With("keepdims", keep);
        }

        if (!axesAreInput) yield break;
        yield return new NodeCase().Between(low, 1, 2, 3).With("noop_with_empty_axes", 1);
        yield return new NodeCase().Between(low, 1, 2, 3).Longs().With("noop_with_empty_axes", 1);
        yield return new NodeCase().Between(low, 1, 2, 3).Longs().With("noop_with_empty_axes", 0);
        yield return new NodeCase().Between(low, 1, 2, 3).Longs(1).With("noop_with_empty_axes", 1);
    }

    static NodeCase Over(NodeCase data, long[]? axes, bool axesAreInput) => axes is not null && axesAreInput ? data.Longs(axes) : data.With("axes", axes);

    static IEnumerable<NodeCase> Extremes(int opset) =>
        from shape in new long[][] { [2, 3, 5], [7], [1, 4] }
        from axis in AxesOf(shape.Length)
        from keep in Flags
        from last in opset >= 12 ? new bool?[] { false, true } : [null]
        where axis >= 0 || opset >= 11
        from coarse in Flags
        select (coarse ? new NodeCase().Coarse(shape) : new NodeCase().Data(shape)).With("axis", axis).With("keepdims", keep).With("select_last_index", last);

    static IEnumerable<NodeCase> TopK(int opset) =>
        from shape in new long[][] { [2, 3, 5], [7], [1, 6] }
        from axis in AxesOf(shape.Length)
        from k in new[] { 1, 3 }
        where k <= shape[axis < 0 ? ^1 : axis]
        from largest in opset >= 11 ? new bool?[] { null, true, false } : [null]
        from coarse in Flags
        select (coarse ? new NodeCase().Coarse(shape) : new NodeCase().Data(shape)).Then(one => opset < 10 ? one.With("k", k) : one.Longs(k))
            .With("axis", axis).With("largest", largest).Outputs(2);
}
