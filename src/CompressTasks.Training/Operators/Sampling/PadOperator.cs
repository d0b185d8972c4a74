using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Pad, by a constant on any axes at once, in the other modes axis by axis through the indices of what is repeated.</summary>
static class PadOperator
{
    public static void AddTo(Dictionary<string, KernelFactory> table) => table.Add("Pad", Pad);

    /// <summary>Pads and value are attributes before operator set 11 and inputs since; axes are an input since 18.</summary>
    static Kernel Pad(NodeProto node, int opset)
    {
        var mode = node.Text("mode", "constant");
        var (attribute, attributeValue) = (node.Ints("pads"), node.Float("value", 0));
        if (mode is not ("constant" or "reflect" or "edge" or "wrap")) throw OperatorErrors.UnsupportedForm(node, $"the mode '{mode}'");
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var shape = input.shape;
            var given = attribute ?? arguments.Integers(1);
            var axes = Axes.Wrap(arguments.OptionalIntegers(3) ?? Axes.From(0, shape.Length), shape.Length);
            var (begin, end) = (new long[shape.Length], new long[shape.Length]);
            for (var i = 0; i < axes.Length; i++) (begin[axes[i]], end[axes[i]]) = (given[i], given[axes.Length + i]);
            if (mode == "constant")
            {
                var value = attribute is null && arguments.Has(2) ? arguments.Floats(2)[0] : attributeValue;
                return Padding.Constant(input, begin, end, value);
            }

            for (var axis = 0; axis < shape.Length; axis++)
            {
                if (begin[axis] == 0 && end[axis] == 0) continue;
                var length = shape[axis];
                var indices = new long[length + begin[axis] + end[axis]];
                for (var i = 0; i < indices.Length; i++) indices[i] = Source(i - begin[axis], length, mode);
                input = input.index_select(axis, tensor(indices, device: arguments.Context.Device));
            }

            return input;
        };
    }

    /// <summary>Which entry of an axis stands at a place that may lie outside it.</summary>
    static long Source(long place, long length, string mode)
    {
        if (mode == "edge") return Math.Clamp(place, 0, length - 1);
        if (mode == "wrap") return (place % length + length) % length;
        if (length == 1) return 0;
        var period = 2 * (length - 1);
        var folded = (place % period + period) % period;
        return folded < length ? folded : period - folded;
    }
}
