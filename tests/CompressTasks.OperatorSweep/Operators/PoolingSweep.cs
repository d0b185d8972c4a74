using static CompressTasks.OperatorSweep.Operators.Choices;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Pooling over windows of one, two and three axes, and over whole feature maps.</summary>
static class PoolingSweep
{
    static readonly long[][] Inputs = [[2, 3, 10], [2, 3, 9, 10], [1, 2, 6, 7, 5]];
    static readonly long[] Kernel = [3, 2, 3], Strides = [2, 3, 2], Dilations = [2, 3, 1], Pads = [1, 0, 2], OtherPads = [0, 1, 1];

    public static void AddTo(SweepTable table)
    {
        foreach (var name in new[] { "GlobalAveragePool", "GlobalMaxPool" }) table.Add(name, _ => Inputs.Select(input => new NodeCase().Data(input)));
        table.Add("GlobalLpPool", _ => from input in Inputs from power in new int?[] { null, 1, 2, 3 } select new NodeCase().Between(0.2, 1, input).With("p", power));
        table.Add("MaxPool", opset =>
        [
            .. Windows(() => new NodeCase(), ceiling: opset >= 10, dilations: opset >= 10),
            .. opset >= 8 ? Windows(() => new NodeCase().Outputs(2), ceiling: opset >= 10, dilations: opset >= 10) : [],
            .. opset >= 8 ? Inputs.Select(input => new NodeCase().Data(input).Outputs(2).With("kernel_shape", Kernel[..(input.Length - 2)]).With("storage_order", 1)) : [],
        ]);
        table.Add("AveragePool", opset => Flags.SelectMany(includesPads =>
            Windows(() => new NodeCase().With("count_include_pad", includesPads), ceiling: opset >= 10, dilations: opset >= 19)));
        table.Add("LpPool", opset => new int?[] { null, 1, 3 }.SelectMany(power =>
            Windows(() => new NodeCase().With("p", power), ceiling: opset >= 18, dilations: opset >= 18)));
    }

    static IEnumerable<NodeCase> Windows(Func<NodeCase> make, bool ceiling, bool dilations)
    {
        foreach (var input in Inputs)
        {
            var rank = input.Length - 2;
            long[] ones = [.. Enumerable.Repeat(1L, rank)];
            long[] pads = [.. Pads[..rank], .. OtherPads[..rank]];
            NodeCase Node() => make().Data(input).With("kernel_shape", Kernel[..rank]);
            yield return Node();
            yield return Node().With("strides", Strides[..rank]);
            yield return Node().With("pads", (long[])[.. ones, .. ones]).With("strides", Strides[..rank]);
            yield return Node().With("pads", pads);
            yield return Node().With("pads", pads).With("strides", Strides[..rank]);
            foreach (var automatic in new[] { "SAME_UPPER", "SAME_LOWER", "VALID" }) yield return Node().With("auto_pad", automatic).With("strides", Strides[..rank]);
            if (ceiling)
            {
                foreach (var padded in Flags)
                {
                    foreach (var stride in new[] { Strides[..rank], ones, [.. ones.Select(_ => 4L)] })
                    {
                        yield return Node().With("ceil_mode", 1).With("strides", stride).With("pads", padded ? pads : null);
                    }
                }
            }

            if (!dilations) continue;
            yield return Node().With("dilations", Dilations[..rank]).With("strides", Strides[..rank]);
            yield return Node().With("dilations", Dilations[..rank]).With("pads", pads).With("ceil_mode", 1).With("strides", Strides[..rank]);
            yield return Node().With("dilations", Dilations[..rank]).With("auto_pad", "SAME_UPPER");
        }
    }
}
