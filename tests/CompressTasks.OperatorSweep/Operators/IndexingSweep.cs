using static CompressTasks.OperatorSweep.Operators.Choices;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Reading and writing at indices, negative ones where the operator set knows them.</summary>
static class IndexingSweep
{
    static readonly DataType[] IndexTypes = [DataType.Int64, DataType.Int32];

    public static void AddTo(SweepTable table)
    {
        table.Add("Gather", opset =>
        [
            .. from axis in AxesOf(3)
            from indices in new long[][] { [], [4], [2, 3], [1] }
            from type in IndexTypes
            where axis >= 0 || opset >= 11
            select new NodeCase().Data(3, 4, 5).Indices(type, opset >= 11 ? -3 : 0, 2, indices).With("axis", axis),
            new NodeCase().Data(5, 2).Longs(4, 0, 0), new NodeCase().Data(5).Long(opset >= 11 ? -1 : 1), new NodeCase().Data(5, 2).LongsOf([2, 1], 3, 1),
        ]);
        table.Add("GatherElements", _ =>
            from axis in AxesOf(3)
            from type in IndexTypes
            select new NodeCase().Data(3, 4, 5).Indices(type, -3, 2, 2, 3, 4).With("axis", axis));
        table.Add("GatherND", opset =>
        [
            .. from indices in new long[][] { [4, 1], [4, 2], [2, 2, 3], [3] } select new NodeCase().Data(2, 2, 3, 2).Indices(DataType.Int64, -2, 1, indices),
            .. opset < 12 ? [] : from one in new (int Batch, long[] Indices)[] { (1, [2, 1]), (1, [2, 4, 2]), (2, [2, 3, 1]), (2, [2, 3, 5, 2]), (3, [2, 3, 2, 1]) }
            select new NodeCase().Data(2, 3, 2, 2).Indices(DataType.Int64, -2, 1, one.Indices).With("batch_dims", one.Batch),
        ]);
        table.Add("Scatter", _ => from axis in AxesOf(3) select Scattered(axis, 0));
        table.Add("ScatterElements", opset => from axis in AxesOf(3) from reduction in Reductions(opset) from low in new[] { 0, -3 } select Scattered(axis, low, reduction).With("reduction", reduction));
        table.Add("ScatterND", opset =>
            from reduction in Reductions(opset)
            from one in new (double[] Indices, long[] Shape, long[] Updates)[]
            {
                ([2, 0, 3], [3, 1], [3, 2, 3]), ([0, 1, 3, 0, 2, -1], [3, 2], [3, 3]), ([1, 1, 2], [1, 3], [1]),
            }
            select new NodeCase().Data(4, 2, 3).FedLongs(one.Shape, [.. one.Indices.Select(index => (long)index)]).Data(one.Updates).With("reduction", reduction));
        table.Add("OneHot", _ =>
        [
            .. from axis in new int?[] { null, 0, 1, 2, -1, -2 } select new NodeCase().Indices(DataType.Int64, -4, 3, 2, 3).Longs(4).Numbers(0.25, 2).With("axis", axis),
            new NodeCase().Indices(DataType.Int64, -9, 9, 3, 4).Longs(5).Numbers(0, 1),
            new NodeCase().Coarse(3).Singles(4).Numbers(0, 1),
        ], gradient: false);
        table.Add("NonZero", _ => Shapes.Select(shape => new NodeCase().Coarse(shape)), gradient: false);
        table.Add("Compress", opset =>
            from axis in (int?[])[null, 0, 1, .. opset >= 11 ? new int?[] { -1 } : []]
            from condition in new double[][] { [1, 0, 1], [1], [0, 0, 0], [0, 1] }
            select new NodeCase().Data(3, 4).FedBools(condition).With("axis", axis));
    }

    /// <summary>Without a reduction, an entry that is written twice has no defined value, so that indices along the axis are distinct.</summary>
    static NodeCase Scattered(int axis, int low, string? reduction = null)
    {
        long[] shape = [3, 4, 5], indices = [2, 3, 2];
        var at = (axis + 3) % 3;
        var node = new NodeCase().Data(shape).With("axis", axis);
        if (reduction is not (null or "none")) return node.Indices(DataType.Int64, low, 2, indices).Data(indices);
        indices[at] = 2;
        var inner = indices.Skip(at + 1).Aggregate(1L, (product, length) => product * length);
        var values = Enumerable.Range(0, (int)indices.Aggregate(1L, (product, length) => product * length)).Select(place => (long)place / inner % 2 == 0 ? 2L : low < 0 ? -shape[at] : 0);
        return node.FedLongs(indices, [.. values]).Data(indices);
    }

    static IEnumerable<string?> Reductions(int opset) => opset < 16 ? [null] : opset < 18 ? [null, "none", "add", "mul"] : [null, "none", "add", "mul", "max", "min"];
}
