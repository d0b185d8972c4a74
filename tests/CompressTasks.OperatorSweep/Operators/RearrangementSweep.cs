using static CompressTasks.OperatorSweep.Operators.Choices;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>The same elements in another shape or order, or repeated.</summary>
static class RearrangementSweep
{
    public static void AddTo(SweepTable table)
    {
        table.Add("Identity", _ => Shapes.Select(shape => new NodeCase().Data(shape)));
        table.Add("Dropout", Dropout);
        table.Add("Flatten", opset =>
            from shape in new long[][] { [2, 3, 4], [5], [1, 2, 1, 3] }
            from axis in Enumerable.Range(0, shape.Length + 1).Append(-1).Cast<int?>().Append(null)
            where axis is not < 0 || opset >= 11
            select new NodeCase().Data(shape).With("axis", axis));
        table.Add("Reshape", opset =>
        [
            .. from target in new long[][] { [4, 3, 2], [24], [-1], [2, -1], [0, -1], [0, 0, 2, -1], [-1, 1, 6], [0, 4, 3], [1, 24, 1] } select new NodeCase().Data(2, 3, 4).Longs(target),
            new NodeCase().Data(1).Longs(), new NodeCase().Data().Longs(1, 1),
            .. opset >= 14 ? Of(new NodeCase().Data(0, 3).Longs(3, 0).With("allowzero", 1), new NodeCase().Data(2, 3).Longs(3, 2).With("allowzero", 1)) : [],
        ]);
        table.Add("Squeeze", opset =>
            from axes in (long[]?[])[[0], [2], [0, 2], null, .. opset >= 11 ? new long[][] { [-2], [-2, 0] } : []]
            select WithAxes(new NodeCase().Data(1, 3, 1, 5), axes, opset));
        table.Add("Unsqueeze", opset =>
            from axes in (long[][])[[0], [1], [2], [0, 3], [3, 1], .. opset >= 11 ? new long[][] { [-1], [-3, 0] } : []]
            select WithAxes(new NodeCase().Data(2, 3), axes, opset));
        table.Add("Transpose", _ =>
        [
            .. from order in new long[]?[] { null, [0, 1, 2], [2, 0, 1], [1, 0, 2], [0, 2, 1] } select new NodeCase().Data(2, 3, 4).With("perm", order),
            new NodeCase().Data(2, 3, 1, 4, 2).With("perm", new long[] { 4, 0, 3, 1, 2 }), new NodeCase().Data(5), new NodeCase().Data(),
        ]);
        table.Add("Expand", _ =>
            from one in new (long[] From, long[] To)[] { ([3, 1], [2, 3, 4]), ([3, 1], [1]), ([1], [3, 2]), ([], [2, 3]), ([2, 3], [2, 1]), ([2, 3], []), ([1, 0], [3, 0]) }
            select new NodeCase().Data(one.From).Longs(one.To));
        table.Add("Tile", _ => from repeats in new long[][] { [1, 1, 1], [2, 1, 3], [1, 2, 1], [3, 2, 2], [0, 1, 1] } select new NodeCase().Data(2, 1, 3).Longs(repeats));
        table.Add("DepthToSpace", opset => from block in new[] { 1, 2, 3 } from mode in opset >= 11 ? new[] { null, "DCR", "CRD" } : [null] select new NodeCase().Data(2, 36, 2, 3).With("blocksize", block).With("mode", mode));
        table.Add("SpaceToDepth", _ => from block in new[] { 1, 2, 3 } select new NodeCase().Data(2, 3, 6, 12).With("blocksize", block));
        table.Add("ReverseSequence", _ =>
            from timeFirst in Flags
            select new NodeCase().Data(timeFirst ? [5, 3, 2] : [3, 5, 2]).FedLongs([3], 5, 1, 3).With("time_axis", timeFirst ? 0 : 1).With("batch_axis", timeFirst ? 1 : 0));
    }

    static NodeCase WithAxes(NodeCase data, long[]? axes, int opset) => opset < 13 || axes is null ? data.With("axes", axes) : data.Longs(axes);

    static IEnumerable<NodeCase> Dropout(int opset)
    {
        foreach (var shape in Shapes)
        {
            yield return new NodeCase().Data(shape);
            if (opset >= 10) yield return new NodeCase().Data(shape).Outputs(2);
        }

        yield return opset < 12 ? new NodeCase().Data(2, 3).With("ratio", 0.3) : new NodeCase().Data(2, 3).Constant(0.3);
        if (opset >= 12) yield return new NodeCase().Data(2, 3).Omitted().Indices(DataType.Bool, 0, 0);
    }
}
