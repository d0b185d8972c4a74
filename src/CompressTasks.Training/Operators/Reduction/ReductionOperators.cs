using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Reductions over axes that are an attribute in older operator sets and an input in newer ones.</summary>
static class ReductionOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("ReduceSum", Over((input, axes, keep) => input.sum(axes, keep, input.dtype)));
        table.Add("ReduceMean", OverReals((input, axes, keep) => input.mean(axes, keep)));
        table.Add("ReduceMax", Over((input, axes, keep) => input.amax(axes, keep)));
        table.Add("ReduceMin", Over((input, axes, keep) => input.amin(axes, keep)));
        table.Add("ReduceProd", Over(Product));
        table.Add("ReduceL1", Over((input, axes, keep) => input.abs().sum(axes, keep, input.dtype)));
        table.Add("ReduceL2", OverReals((input, axes, keep) => linalg.vector_norm(input, 2, axes, keep)));
        table.Add("ReduceSumSquare", Over((input, axes, keep) => input.square().sum(axes, keep, input.dtype)));
        table.Add("ReduceLogSum", OverReals((input, axes, keep) => input.sum(axes, keep).log()));
        table.Add("ReduceLogSumExp", OverReals(LogSumExp));
        table.Add("ArgMax", Extreme((input, axis) => input.argmax(axis, keepdim: true)));
        table.Add("ArgMin", Extreme((input, axis) => input.argmin(axis, keepdim: true)));
        table.Add("CumSum", CumulativeSum);
        table.Add("TopK", TopK);
    }

    /// <summary>What libtorch computes of real numbers only; the result of integers is cut to one.</summary>
    static KernelFactory OverReals(Func<Tensor, long[], bool, Tensor> reduce) => Over((input, axes, keep) =>
        input.is_floating_point() ? reduce(input, axes, keep) : reduce(input.to(ScalarType.Float64), axes, keep).to(input.dtype));

    static KernelFactory Over(Func<Tensor, long[], bool, Tensor> reduce) => (node, _) =>
    {
        var attribute = node.Ints("axes");
        var keep = node.Int("keepdims", 1) != 0;
        var emptyMeansNone = node.Int("noop_with_empty_axes", 0) != 0;
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var rank = (int)input.dim();
            var axes = Axes.Wrap(attribute ?? arguments.OptionalIntegers(1) ?? [], rank);
            // Reducing over no axis is reducing over one of length 1.
            if (axes.Length == 0 && (emptyMeansNone || rank == 0)) return reduce(input.unsqueeze(-1), [rank], false);
            return reduce(input, axes.Length == 0 ? Axes.From(0, rank) : axes, keep);
        };
    };

    static Tensor Product(Tensor input, long[] axes, bool keep)
    {
        var result = input;
        foreach (var axis in axes.OrderDescending()) result = result.prod(axis, keep, input.dtype);
        return result;
    }

    static Tensor LogSumExp(Tensor input, long[] axes, bool keep)
    {
        var result = input;
        foreach (var axis in axes.OrderDescending()) result = result.logsumexp(axis, keep);
        return result;
    }

    static KernelFactory Extreme(Func<Tensor, long, Tensor> extreme) => (node, _) =>
    {
        var (attribute, keep, last) = (node.Int("axis", 0), node.Int("keepdims", 1) != 0, node.Int("select_last_index", 0) != 0);
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var axis = Axes.Wrap(attribute, (int)input.dim());
            var index = last ? extreme(input.flip(axis), axis).neg() + (input.shape[axis] - 1) : extreme(input, axis);
            return keep ? index : index.squeeze(axis);
        };
    };

    static Kernel CumulativeSum(NodeProto node, int opset)
    {
        var (exclusive, reverse) = (node.Int("exclusive", 0) != 0, node.Int("reverse", 0) != 0);
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var axis = Axes.Wrap(arguments.Integers(1)[0], (int)input.dim());
            if (reverse) input = input.flip(axis);
            var sum = input.cumsum(axis, input.dtype);
            if (exclusive) sum = sum - input;
            return reverse ? sum.flip(axis) : sum;
        };
    }

    static Kernel TopK(NodeProto node, int opset)
    {
        var (attribute, largest) = (node.Int("axis", -1), node.Int("largest", 1) != 0);
        var count = node.Int("k", 0);
        return arguments =>
        {
            var k = count > 0 ? count : arguments.Integers(1)[0];
            var axis = Axes.Wrap(attribute, arguments.Shape(0).Length);
            // libtorch's own topk takes any of equal elements, ONNX the first.
            var (values, indices) = sort(arguments.Tensor(0), axis, largest, stable: true);
            return new Outputs(values.narrow(axis, 0, k), indices.narrow(axis, 0, k));
        };
    }
}
