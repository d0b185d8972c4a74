using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>Conv and ConvTranspose over one, two or three spatial axes, with every attribute of the specification.</summary>
static class ConvolutionOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Conv", Convolution);
        table.Add("ConvTranspose", Transposed);
    }

    public static Kernel Convolution(NodeProto node, int opset)
    {
        var window = new Window(node);
        var groups = node.Int("group", 1);
        return arguments =>
        {
            var (input, weight, bias) = (arguments.Tensor(0), arguments.Tensor(1), arguments.OptionalTensor(2));
            var shape = weight.shape;
            var rank = shape.Length - 2;
            var (begin, end) = window.Pads(input.shape.AsSpan(2), shape.AsSpan(2), window.Dilations(rank));
            if (!begin.AsSpan().SequenceEqual(end) || begin.Any(pad => pad < 0))
            {
                input = Padding.Constant(input, begin, end, 0);
                begin = new long[rank];
            }

            var (strides, dilations) = (window.Strides(rank), window.Dilations(rank));
            return rank switch
            {
                1 => functional.conv1d(input, weight, bias, strides[0], begin[0], dilations[0], groups),
                2 => functional.conv2d(input, weight, bias, strides, begin, dilations, groups),
                3 => functional.conv3d(input, weight, bias, strides, begin, dilations, groups),
                _ => throw SpatialRank(rank),
            };
        };
    }

    /// <summary>
    /// The full result without padding is computed and cut to the wanted begin and length. With output_shape or auto_pad the amount to
    /// cut follows from the length: SAME_UPPER cuts the smaller half at the begin, everything else the larger one.
    /// </summary>
    static Kernel Transposed(NodeProto node, int opset)
    {
        var window = new Window(node);
        var groups = node.Int("group", 1);
        var (outputPadding, outputShape) = (node.Ints("output_padding"), node.Ints("output_shape"));
        return arguments =>
        {
            var (input, weight, bias) = (arguments.Tensor(0), arguments.Tensor(1), arguments.OptionalTensor(2));
            var kernel = weight.shape[2..];
            var rank = kernel.Length;
            var lengths = input.shape[2..];
            var (strides, dilations) = (window.Strides(rank), window.Dilations(rank));
            var (begin, end) = window.ExplicitPads(rank);
            var extra = outputPadding ?? new long[rank];
            var same = window.SameUpper || window.SameLower;
            for (var axis = 0; axis < rank; axis++)
            {
                var full = strides[axis] * (lengths[axis] - 1) + Window.Extent(kernel[axis], dilations[axis]) + extra[axis];
                if (outputShape is null && !same) continue;
                var wanted = outputShape is null ? lengths[axis] * strides[axis] : outputShape[^(rank - axis)];
                var total = full - wanted;
                begin[axis] = window.SameUpper ? FloorHalf(total) : total - FloorHalf(total);
                end[axis] = total - begin[axis];
            }

            if (begin.AsSpan().SequenceEqual(end) && begin.All(pad => pad >= 0) && extra.All(pad => pad == 0))
            {
                return Full(input, weight, bias, strides, begin, extra, dilations, groups);
            }

            var result = Full(input, weight, bias: null, strides, new long[rank], new long[rank], dilations, groups);
            // What output_padding adds at the end lies beyond every kernel, so it is zero before the bias.
            result = Padding.Constant(result, [.. begin.Select(pad => -pad)], [.. end.Select((pad, axis) => extra[axis] - pad)], 0);
            return bias is null ? result : result + bias.reshape([-1, .. Enumerable.Repeat(1L, rank)]);
        };
    }

    static long FloorHalf(long value) => value >> 1;

    static Tensor Full(Tensor input, Tensor weight, Tensor? bias, long[] strides, long[] pads, long[] extra, long[] dilations, long groups)
    {
        return strides.Length switch
        {
            1 => functional.conv_transpose1d(input, weight, bias, strides[0], pads[0], extra[0], dilations[0], groups),
            2 => functional.conv_transpose2d(input, weight, bias, strides, pads, extra, dilations, groups),
            3 => functional.conv_transpose3d(input, weight, bias, strides, pads, extra, dilations, groups),
            var rank => throw SpatialRank(rank),
        };
    }

    static ModelException SpatialRank(int rank) => OperatorErrors.Mismatch($"a convolution over {rank} spatial axes cannot be run; 1 to 3 can");
}
