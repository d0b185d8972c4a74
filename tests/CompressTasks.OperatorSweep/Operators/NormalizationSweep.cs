using static CompressTasks.OperatorSweep.Operators.Choices;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Normalisations.</summary>
static class NormalizationSweep
{
    static readonly long[][] Images = [[2, 4, 5], [3, 4, 3, 5], [1, 4, 2, 3, 2]];
    static readonly double?[] Epsilons = [null, 1e-3, 0.1];

    public static void AddTo(SweepTable table)
    {
        table.Add("BatchNormalization", _ =>
            from shape in Images.Append([5, 4])
            from epsilon in Epsilons
            select new NodeCase().Data(shape).Data(4).Data(4).Statistics(4).Statistics(4).With("epsilon", epsilon));
        table.Add("InstanceNormalization", _ =>
            from shape in Images
            from epsilon in Epsilons
            select new NodeCase().Data(shape).Data(4).Data(4).With("epsilon", epsilon));
        table.Add("LayerNormalization", _ =>
            from shape in new long[][] { [2, 3, 5], [4, 7], [1, 2, 3, 4] }
            from axis in AxesOf(shape.Length).Cast<int?>().Append(null)
            from bias in Flags
            from outputs in new[] { 1, 3 }
            from epsilon in Epsilons[..2]
            let normalised = shape[(axis is null or < 0 ? shape.Length - 1 : axis.Value)..]
            select new NodeCase().Data(shape).Data(normalised).Then(one => bias ? one.Data(normalised) : one)
                .With("axis", axis).With("epsilon", epsilon).Outputs(outputs));
        table.Add("GroupNormalization", opset =>
            from shape in Images
            from groups in new[] { 1, 2, 4 }
            from epsilon in Epsilons[..2]
            let scales = opset < 21 ? groups : shape[1]
            select new NodeCase().Data(shape).Data(scales).Data(scales).With("num_groups", groups).With("epsilon", epsilon));
        table.Add("RMSNormalization", _ =>
            from shape in new long[][] { [2, 3, 5], [4, 7], [1, 2, 3, 4] }
            from axis in AxesOf(shape.Length).Cast<int?>().Append(null)
            from epsilon in Epsilons[..2]
            select new NodeCase().Data(shape).Data(shape[(axis is null or < 0 ? shape.Length - 1 : axis.Value)..]).With("axis", axis).With("epsilon", epsilon));
        table.Add("SimplifiedLayerNormalization", _ =>
            from shape in new long[][] { [2, 3, 5], [4, 7] }
            from epsilon in Epsilons[..2]
            select new NodeCase().Data(shape).Data(shape[^1]).With("epsilon", epsilon));
        table.Add("LRN", _ =>
            from size in new[] { 1, 3, 5 }
            from parameters in new[] { false, true }
            select new NodeCase().Data(2, 6, 3, 4).With("size", size)
                .With("alpha", parameters ? 0.5 : null).With("beta", parameters ? 0.6 : null).With("bias", parameters ? 1.5 : null));
        table.Add("LpNormalization", _ =>
            from axis in new int?[] { null, 0, 1, -1 }
            from power in new int?[] { null, 1, 2 }
            select new NodeCase().Data(3, 4, 5).With("axis", axis).With("p", power));
        table.Add("MeanVarianceNormalization", _ =>
            from axes in new long[]?[] { null, [0, 2, 3], [2, 3], [1], [0, 1, 2, 3] }
            select new NodeCase().Data(2, 3, 4, 5).With("axes", axes));
    }
}
