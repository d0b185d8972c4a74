using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>Averages and norms of sliding windows, and pooling over whole feature maps.</summary>
static class PoolingOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("AveragePool", Average);
        table.Add("LpPool", Lp);
        table.Add("GlobalAveragePool", (_, _) => arguments => arguments.Tensor(0).mean(Axes.From(2, arguments.Shape(0).Length), keepdim: true));
        table.Add("GlobalMaxPool", (_, _) => arguments => arguments.Tensor(0).amax(Axes.From(2, arguments.Shape(0).Length), keepdim: true));
        table.Add("GlobalLpPool", GlobalLp);
    }

    static Kernel GlobalLp(NodeProto node, int opset)
    {
        var power = (double)node.Int("p", 2);
        return arguments => arguments.Tensor(0).abs().pow(power).sum(Axes.From(2, arguments.Shape(0).Length), keepdim: true).pow(1 / power);
    }

    static Kernel Average(NodeProto node, int opset)
    {
        var window = new Window(node);
        var ceiling = node.Int("ceil_mode", 0) != 0;
        var includePads = node.Int("count_include_pad", 0) != 0;
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var plan = PoolingPlan.Of(window, input.shape.AsSpan(2), ceiling);
            if (plan.PadsAreInside && plan.IsDense && plan.Rank <= 3)
            {
                return plan.Rank switch
                {
                    1 => functional.avg_pool1d(input, plan.Kernel[0], plan.Strides[0], plan.Begin[0], false, includePads),
                    2 => functional.avg_pool2d(input, plan.Kernel, plan.Strides, plan.Begin, false, includePads),
                    _ => functional.avg_pool3d(input, plan.Kernel, plan.Strides, plan.Begin, false, includePads),
                };
            }

            // Sums over zero-padded windows, divided by how many places of each window count.
            var counted = ones([1, 1, .. input.shape[2..]], input.dtype, input.device);
            counted = Padding.Constant(counted, plan.Begin, plan.End, includePads ? 1 : 0);
            counted = Padding.Constant(counted, new long[plan.Rank], plan.Excess, 0);
            return WindowSum(Padding.Constant(input, plan.Begin, plan.EndWithExcess, 0), plan) / WindowSum(counted, plan);
        };
    }

    static Kernel Lp(NodeProto node, int opset)
    {
        var window = new Window(node);
        var ceiling = node.Int("ceil_mode", 0) != 0;
        var power = (double)node.Int("p", 2);
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var plan = PoolingPlan.Of(window, input.shape.AsSpan(2), ceiling);
            return WindowSum(Padding.Constant(input.abs().pow(power), plan.Begin, plan.EndWithExcess, 0), plan).pow(1 / power);
        };
    }

    /// <summary>Sums of each window of a padded input, as a convolution of single channels with a kernel of ones, which knows dilation.</summary>
    static Tensor WindowSum(Tensor padded, PoolingPlan plan)
    {
        var shape = padded.shape;
        var single = padded.reshape([shape[0] * shape[1], 1, .. shape[2..]]);
        var kernel = ones([1, 1, .. plan.Kernel], padded.dtype, padded.device);
        var zero = new long[plan.Rank];
        var sums = plan.Rank switch
        {
            1 => functional.conv1d(single, kernel, null, plan.Strides[0], 0, plan.Dilations[0]),
            2 => functional.conv2d(single, kernel, null, plan.Strides, zero, plan.Dilations),
            3 => functional.conv3d(single, kernel, null, plan.Strides, zero, plan.Dilations),
            _ => throw SpatialRank(plan.Rank),
        };
        return sums.reshape([shape[0], shape[1], .. sums.shape[2..]]);
    }

    public static ModelException SpatialRank(int rank) => OperatorErrors.Mismatch($"pooling over {rank} spatial axes cannot be run; 1 to 3 can");
}
