using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Kernel, strides, dilations and padding that convolution and pooling share, for the spatial axes in order.</summary>
sealed record SpatialWindow(long[] Kernel, long[] Strides, long[] Dilations, long[] Begin, long[] End, string AutoPad)
{
    public static SpatialWindow Read(NodeInference inference, long[] kernel)
    {
        var node = inference.Node;
        var count = kernel.Length;
        var pads = node.Ints("pads") ?? new long[2 * count];
        var strides = node.Ints("strides") ?? Ones(count);
        var dilations = node.Ints("dilations") ?? Ones(count);
        if (pads.Length != 2 * count || strides.Length != count || dilations.Length != count)
        {
            throw inference.Contradiction($"has strides, dilations or pads that do not fit {count} spatial axes");
        }

        if (strides.Any(stride => stride < 1) || dilations.Any(dilation => dilation < 1))
        {
            throw inference.Contradiction("has a stride or dilation below 1");
        }
        return new(kernel, strides, dilations, pads[..count], pads[count..], node.Text("auto_pad", "NOTSET"));
    }

    public static long[] Ones(int count)
    {
        var ones = new long[count];
        Array.Fill(ones, 1);
        return ones;
    }

    /// <summary>
    /// Length of a pooled axis. Padded automatically, ONNX Runtime pads as if the kernel were not dilated, so that the dilated one has fewer
    /// places than the specification says.
    /// </summary>
    public Dimension Pool(NodeInference inference, int axis, Dimension length, bool ceiling)
    {
        var (kernel, stride, dilation) = (Kernel[axis], Strides[axis], Dilations[axis]);
        if (dilation == 1 || AutoPad is not ("SAME_UPPER" or "SAME_LOWER")) return Slide(inference, axis, length, ceiling);
        var places = Dimension.CeilingDivide(length, stride);
        var missing = (((dilation - 1) * (kernel - 1)) + stride - 1) / stride;
        if (stride <= kernel) return places - missing;

        // A stride beyond the kernel may leave entries at the end that no window reaches, and then nothing is padded.
        if (!length.IsKnown) return inference.Unknown();
        var padded = Math.Max(length.Value, ((places.Value - 1) * stride) + kernel);
        return (padded - ((dilation * (kernel - 1)) + 1)) / stride + 1;
    }

    /// <summary>Length of the output on one spatial axis.</summary>
    public Dimension Slide(NodeInference inference, int axis, Dimension length, bool ceiling = false)
    {
        if (AutoPad is "SAME_UPPER" or "SAME_LOWER") return Dimension.CeilingDivide(length, Strides[axis]);
        var (begin, end) = AutoPad == "VALID" ? (0, 0) : (Begin[axis], End[axis]);
        var room = length + (begin + end) - ((Dilations[axis] * (Kernel[axis] - 1)) + 1);
        if (room.IsKnown && room.Value < 0)
        {
            throw inference.Contradiction(
                $"has a kernel of {Kernel[axis]} (dilation {Dilations[axis]}) larger than its padded input of {length + (begin + end)}");
        }

        if (!ceiling) return (room / Strides[axis]) + 1;
        var result = Dimension.CeilingDivide(room, Strides[axis]) + 1;

        // A last window that would start in the padding behind the input is left out.
        return result.IsKnown && length.IsKnown && (result.Value - 1) * Strides[axis] >= length.Value + begin ? result - 1 : result;
    }
}
