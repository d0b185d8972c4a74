using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>MaxPool over one, two or three axes, and where each maximum was found.</summary>
static class MaxPoolOperator
{
    public static void AddTo(Dictionary<string, KernelFactory> table) => table.Add("MaxPool", Max);

    static Kernel Max(NodeProto node, int opset)
    {
        var window = new Window(node);
        var ceiling = node.Int("ceil_mode", 0) != 0;
        var lastAxisFirst = node.Int("storage_order", 0) != 0;
        var asksIndices = node.OutputOrNull(1) is not null;
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var shape = input.shape;
            var plan = PoolingPlan.Of(window, shape.AsSpan(2), ceiling);
            if (plan.PadsAreInside && !asksIndices) return Pooled(input, plan, plan.Begin);
            var padded = Padding.Constant(input, plan.Begin, plan.EndWithExcess, double.NegativeInfinity);
            if (!asksIndices) return Pooled(padded, plan, new long[plan.Rank]);
            var (values, places) = PooledWithPlaces(padded, plan);
            return new Outputs(values, Numbers(places, shape, padded.shape, plan.Begin, lastAxisFirst));
        };
    }

    static Tensor Pooled(Tensor input, PoolingPlan plan, long[] pads) => plan.Rank switch
    {
        1 => functional.max_pool1d(input, plan.Kernel[0], plan.Strides[0], pads[0], plan.Dilations[0]),
        2 => functional.max_pool2d(input, plan.Kernel, plan.Strides, pads, plan.Dilations),
        3 => functional.max_pool3d(input, plan.Kernel, plan.Strides, pads, plan.Dilations),
        _ => throw PoolingOperators.SpatialRank(plan.Rank),
    };

    static (Tensor Values, Tensor Places) PooledWithPlaces(Tensor padded, PoolingPlan plan)
    {
        var zero = new long[plan.Rank];
        return plan.Rank switch
        {
            1 => functional.max_pool1d_with_indices(padded, plan.Kernel[0], plan.Strides[0], 0, plan.Dilations[0]),
            2 => functional.max_pool2d_with_indices(padded, plan.Kernel, plan.Strides, zero, plan.Dilations),
            3 => functional.max_pool3d_with_indices(padded, plan.Kernel, plan.Strides, zero, plan.Dilations),
            _ => throw PoolingOperators.SpatialRank(plan.Rank),
        };
    }

    /// <summary>From places in the flattened padded map to element numbers of the whole unpadded input.</summary>
    /// <param name="places">[N, C, ...].</param>
    /// <param name="shape">Of the input.</param>
    /// <param name="padded">Shape of the padded input.</param>
    /// <param name="begin">Padding at the begin of each spatial axis.</param>
    /// <param name="lastAxisFirst">True: within a map the first spatial axis runs fastest.</param>
    static Tensor Numbers(Tensor places, long[] shape, long[] padded, long[] begin, bool lastAxisFirst)
    {
        var rank = begin.Length;
        var axes = Enumerable.Range(0, rank).ToArray();
        var stride = new long[rank];
        var product = 1L;
        foreach (var axis in lastAxisFirst ? axes : axes.Reverse())
        {
            stride[axis] = product;
            product *= shape[2 + axis];
        }

        var maps = arange(shape[0] * shape[1], ScalarType.Int64, places.device).reshape([shape[0], shape[1], .. Enumerable.Repeat(1L, rank)]);
        var result = maps * product;
        foreach (var axis in axes.Reverse())
        {
            result = result + (places.remainder(padded[2 + axis]) - begin[axis]) * stride[axis];
            places = places.div(padded[2 + axis], RoundingMode.floor);
        }

        return result;
    }
}
