using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training;

/// <summary>Operators that read sizes, make tensors out of sizes, or change the element type.</summary>
static class SourceOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Shape", Shape);
        table.Add("Size", (_, _) => arguments => IntegerTensor.Scalar(Axes.Product(arguments.Shape(0))));
        table.Add("Range", (_, _) => Range);
        table.Add("ConstantOfShape", ConstantOfShape);
        table.Add("EyeLike", EyeLike);
        table.Add("Trilu", Trilu);
        table.Add("Cast", Cast);
        table.Add("CastLike", (_, _) => arguments => arguments.Tensor(0).to(arguments.Tensor(1).dtype));
    }

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

    static Outputs Range(Arguments arguments)
    {
        if (!arguments.AllIntegers)
        {
            var type = arguments.Tensor(0).dtype;
            double[] bounds = [.. Enumerable.Range(0, 3).Select(input => (double)arguments.Floats(input)[0])];
            var isEmpty = bounds[2] > 0 ? bounds[0] >= bounds[1] : bounds[0] <= bounds[1];
            return isEmpty ? empty([0], type, arguments.Context.Device) : arange(bounds[0], bounds[1], bounds[2], type, arguments.Context.Device);
        }

        var (start, limit, step) = (arguments.Integers(0)[0], arguments.Integers(1)[0], arguments.Integers(2)[0]);
        var count = Math.Max(0, (limit - start + step - Math.Sign(step)) / step);
        if (count > IntegerTensor.LargestKept) return arange(start, limit, step, arguments.IntegerTensor(0).Type, arguments.Context.Device);
        return new IntegerTensor([count], [.. Enumerable.Range(0, (int)count).Select(i => start + i * step)], arguments.IntegerTensor(0).Type);
    }

    static Kernel ConstantOfShape(NodeProto node, int opset)
    {
        var content = node.Tensor("value") ?? TensorData.FromFloats("", [1], [0]);
        var isInteger = ElementTypes.IsInteger(content.ElementType());
        var type = TorchTensors.ScalarTypeOf(content.ElementType());
        var integer = isInteger ? content.ToLongs()[0] : 0;
        var number = isInteger ? integer : content.ToFloats()[0];
        return arguments =>
        {
            var shape = arguments.Integers(0);
            return isInteger && Axes.Product(shape) <= IntegerTensor.LargestKept
                ? new IntegerTensor([], [integer], type).Expand(shape)
                : full(shape, number, type, arguments.Context.Device);
        };
    }

    static Kernel EyeLike(NodeProto node, int opset)
    {
        var diagonal = node.Int("k", 0);
        ScalarType? given = node.Has("dtype") ? TorchTensors.ScalarTypeOf((DataType)node.Int("dtype", 0)) : null;
        return arguments =>
        {
            var all = ones(arguments.Shape(0), given ?? arguments.Tensor(0).dtype, arguments.Context.Device);
            return all.tril(diagonal).triu(diagonal);
        };
    }

    static Kernel Trilu(NodeProto node, int opset)
    {
        var upper = node.Int("upper", 1) != 0;
        return arguments =>
        {
            var diagonal = arguments.OptionalIntegers(1)?[0] ?? 0;
            return upper ? arguments.Tensor(0).triu(diagonal) : arguments.Tensor(0).tril(diagonal);
        };
    }

    static Kernel Cast(NodeProto node, int opset)
    {
        var target = (DataType)node.Int("to", (long)DataType.Float);
        var type = TorchTensors.ScalarTypeOf(target);
        return arguments =>
        {
            if (arguments[0].Integers is not { } integers || !ElementTypes.IsInteger(target)) return arguments.Tensor(0).to(type);
            return type == ScalarType.Bool ? integers.Select(value => value == 0 ? 0 : 1, type) : integers with { Type = type };
        };
    }
}
