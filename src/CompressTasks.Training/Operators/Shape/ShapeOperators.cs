using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Operators that move elements to another shape without computing anything.</summary>
static class ShapeOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Identity", (_, _) => arguments => arguments[0]);
        table.Add("Dropout", (_, _) => arguments => arguments[0]);
        table.Add("Shape", Shape);
        table.Add("Reshape", Reshape);
        table.Add("Flatten", Flatten);
        table.Add("Concat", Concat);
    }

    /// <summary>A negative axis counts from the end.</summary>
    public static int Axis(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);

    static Kernel Shape(NodeProto node, int opset)
    {
        var (start, end) = (node.Int("start", 0), node.Int("end", long.MaxValue));
        return arguments =>
        {
            var shape = arguments.Shape(0);
            var from = (int)Math.Clamp(start < 0 ? start + shape.Length : start, 0, shape.Length);
            var to = (int)Math.Clamp(end < 0 ? end + shape.Length : end, from, shape.Length);
            return IntegerTensor.Vector(shape[from..to]);
        };
    }

    static Kernel Reshape(NodeProto node, int opset)
    {
        var keepZero = node.Int("allowzero", 0) != 0;
        var attribute = node.Ints("shape");
        return arguments =>
        {
            var source = arguments.Shape(0);
            long[] target = [.. attribute ?? arguments.Integers(1)];
            for (var axis = 0; axis < target.Length && !keepZero; axis++)
            {
                if (target[axis] == 0) target[axis] = source[axis];
            }

            if (arguments[0].Integers is not { } integers) return arguments.Tensor(0).reshape(target);
            var unknown = Array.IndexOf(target, -1);
            if (unknown >= 0) target[unknown] = integers.Values.Length / target.Where(length => length != -1).Aggregate(1L, (product, length) => product * length);
            return integers with { Shape = target };
        };
    }

    static Kernel Flatten(NodeProto node, int opset)
    {
        var attribute = node.Int("axis", 1);
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var shape = input.shape;
            var axis = Axis(attribute, shape.Length);
            var outer = shape.Take(axis).Aggregate(1L, (product, length) => product * length);
            var inner = shape.Skip(axis).Aggregate(1L, (product, length) => product * length);
            return input.reshape(outer, inner);
        };
    }

    static Kernel Concat(NodeProto node, int opset)
    {
        var attribute = node.Int("axis", 1);
        return arguments =>
        {
            var axis = Axis(attribute, arguments.Shape(0).Length);
            return arguments.AllIntegers
                ? IntegerTensor.Concatenate([.. Enumerable.Range(0, arguments.Count).Select(arguments.IntegerTensor)], axis)
                : cat([.. arguments.Tensors()], axis);
        };
    }
}
