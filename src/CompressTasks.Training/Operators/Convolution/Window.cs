using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Training;

/// <summary>The attributes that convolutions and pooling share; absent ones have the specification's defaults for the rank at hand.</summary>
sealed class Window(NodeProto node)
{
    readonly long[]? strides = node.Ints("strides"), dilations = node.Ints("dilations"), pads = node.Ints("pads");
    readonly string autoPad = node.Text("auto_pad", "NOTSET");

    public long[]? Kernel { get; } = node.Ints("kernel_shape");

    public bool SameUpper => autoPad == "SAME_UPPER";

    public bool SameLower => autoPad == "SAME_LOWER";

    public long[] Strides(int rank) => strides ?? Ones(rank);

    public long[] Dilations(int rank) => dilations ?? Ones(rank);

    /// <summary>Explicit pads: the begin of each spatial axis, then the end of each.</summary>
    public (long[] Begin, long[] End) ExplicitPads(int rank) =>
        pads is null || autoPad == "VALID" ? (new long[rank], new long[rank]) : (pads[..rank], pads[rank..]);

    /// <summary>Pads at the begin and end of each spatial axis, with auto_pad resolved for the input's lengths.</summary>
    public (long[] Begin, long[] End) Pads(ReadOnlySpan<long> input, ReadOnlySpan<long> kernel, ReadOnlySpan<long> dilations)
    {
        var rank = input.Length;
        if (!SameUpper && !SameLower) return ExplicitPads(rank);
        var (begin, end) = (new long[rank], new long[rank]);
        var stride = Strides(rank);
        for (var axis = 0; axis < rank; axis++)
        {
            var output = (input[axis] + stride[axis] - 1) / stride[axis];
            var total = Math.Max(0, (output - 1) * stride[axis] + Extent(kernel[axis], dilations[axis]) - input[axis]);
            (begin[axis], end[axis]) = SameUpper ? (total / 2, total - total / 2) : (total - total / 2, total / 2);
        }

        return (begin, end);
    }

    /// <summary>How far a dilated kernel reaches.</summary>
    public static long Extent(long kernel, long dilation) => (kernel - 1) * dilation + 1;

    static long[] Ones(int rank) => Enumerable.Repeat(1L, rank).ToArray();
}
