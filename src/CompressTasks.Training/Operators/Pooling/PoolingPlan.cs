namespace CompressTasks.Training;

/// <summary>
/// Where the windows of a pooling node lie for one input size. With ceil_mode a last window may reach over the padded input by
/// <see cref="Excess"/>; one that would start in the padding at the end is left out.
/// </summary>
sealed class PoolingPlan
{
    PoolingPlan(int rank)
    {
        (Begin, End, Excess) = (new long[rank], new long[rank], new long[rank]);
        (Kernel, Strides, Dilations) = ([], [], []);
    }

    public int Rank => Begin.Length;

    public long[] Kernel { get; private init; }

    public long[] Strides { get; private init; }

    public long[] Dilations { get; private init; }

    public long[] Begin { get; private set; }

    public long[] End { get; private set; }

    public long[] Excess { get; }

    public long[] EndWithExcess => End.Zip(Excess, (end, excess) => end + excess).ToArray();

    /// <summary>True where libtorch's own padding does: equal at both ends, at most half of the kernel, nothing beyond.</summary>
    public bool PadsAreInside { get; private set; }

    public bool IsDense => Dilations.All(dilation => dilation == 1);

    public static PoolingPlan Of(Window window, ReadOnlySpan<long> input, bool ceiling)
    {
        var rank = input.Length;
        var kernel = window.Kernel ?? throw OperatorErrors.Mismatch("the attribute kernel_shape is missing");
        var plan = new PoolingPlan(rank) { Kernel = kernel, Strides = window.Strides(rank), Dilations = window.Dilations(rank) };
        // ONNX Runtime pads as if the kernel were not dilated, and trained must be what runs.
        (plan.Begin, plan.End) = window.Pads(input, kernel, [.. Enumerable.Repeat(1L, rank)]);
        plan.PadsAreInside = true;
        for (var axis = 0; axis < rank; axis++)
        {
            var padded = input[axis] + plan.Begin[axis] + plan.End[axis];
            var free = padded - Window.Extent(kernel[axis], plan.Dilations[axis]);
            var steps = free / plan.Strides[axis];
            if (ceiling && free % plan.Strides[axis] != 0 && (steps + 1) * plan.Strides[axis] < input[axis] + plan.Begin[axis]) steps++;
            plan.Excess[axis] = Math.Max(0, steps * plan.Strides[axis] - free);
            var isEqual = plan.Begin[axis] == plan.End[axis];
            plan.PadsAreInside &= isEqual && plan.Begin[axis] >= 0 && 2 * plan.Begin[axis] <= kernel[axis] && plan.Excess[axis] == 0;
        }

        return plan;
    }
}
