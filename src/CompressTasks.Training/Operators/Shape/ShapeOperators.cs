using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Operators that give the same elements another shape or order.</summary>
static class ShapeOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Identity", (_, _) => arguments => arguments[0]);
        table.Add("Dropout", Dropout);
        table.Add("Reshape", Reshape);
        table.Add("Flatten", Flatten);
        table.Add("Squeeze", Squeeze);
        table.Add("Unsqueeze", Unsqueeze);
        table.Add("Transpose", Transpose);
        table.Add("Expand", (_, _) => Expand);
        table.Add("Tile", (_, _) => arguments => arguments.Tensor(0).repeat(arguments.Integers(1)));
        table.Add("DepthToSpace", DepthToSpace);
        table.Add("SpaceToDepth", SpaceToDepth);
    }

    /// <summary>
    /// Drops nothing: inference does not, and training keeps to it. A mask that is asked for says so: by ones, before operator set 12 by zeros.
    /// </summary>
    static Kernel Dropout(NodeProto node, int opset) => arguments => node.OutputOrNull(1) is null
        ? arguments[0]
        : new Outputs(arguments[0], full(arguments.Shape(0), opset < 12 ? 0 : 1, ScalarType.Bool, arguments.Context.Device));

    static Kernel Reshape(NodeProto node, int opset)
    {
        var keepZero = node.Int("allowzero", 0) != 0;
        return arguments =>
        {
            var source = arguments.Shape(0);
            long[] target = [.. arguments.Integers(1)];
            for (var axis = 0; axis < target.Length && !keepZero; axis++)
            {
                if (target[axis] == 0) target[axis] = source[axis];
            }

            if (arguments[0].Integers is not { } integers)
            {
                arguments.Context.Batch.Adapt(target, source);
                return arguments.Tensor(0).reshape(target);
            }

            var unknown = Array.IndexOf(target, -1);
            if (unknown >= 0) target[unknown] = integers.Values.Length / Axes.Product(target.Where(length => length != -1));
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
            // Here an axis one past the last is meant as well: everything before it, nothing after.
            var axis = (int)(attribute < 0 ? attribute + shape.Length : attribute);
            return input.reshape(Axes.Product(shape.Take(axis)), Axes.Product(shape.Skip(axis)));
        };
    }

    /// <summary>Axes are an attribute before operator set 13 and an input since; without any, all axes of length 1 go.</summary>
    static Kernel Squeeze(NodeProto node, int opset)
    {
        var attribute = node.Ints("axes");
        return arguments =>
        {
            var shape = arguments.Shape(0);
            var axes = (attribute ?? arguments.OptionalIntegers(1)) is { } given
                ? Axes.Wrap(given, shape.Length)
                : Axes.From(0, shape.Length).Where(axis => shape[axis] == 1).ToArray();
            if (axes.FirstOrDefault(axis => shape[axis] != 1, -1) is var wrong and >= 0)
            {
                throw OperatorErrors.Mismatch($"axis {wrong} has the length {shape[wrong]} and cannot be squeezed");
            }

            return Reshaped(arguments[0], [.. shape.Where((_, axis) => !axes.Contains(axis))]);
        };
    }

    static Kernel Unsqueeze(NodeProto node, int opset)
    {
        var attribute = node.Ints("axes");
        return arguments =>
        {
            var shape = arguments.Shape(0);
            var given = attribute ?? arguments.Integers(1);
            var axes = Axes.Wrap(given, shape.Length + given.Length);
            var result = shape.ToList();
            foreach (var axis in axes.Order()) result.Insert((int)axis, 1);
            return Reshaped(arguments[0], [.. result]);
        };
    }

    static Value Reshaped(Value value, long[] shape) =>
        value.Integers is { } integers ? integers with { Shape = shape } : value.Tensor!.reshape(shape);

    static Kernel Transpose(NodeProto node, int opset)
    {
        var attribute = node.Ints("perm");
        return arguments =>
        {
            var rank = arguments.Shape(0).Length;
            if (rank < 2) return arguments[0];
            return arguments.Tensor(0).permute(attribute ?? [.. Axes.From(0, rank).Reverse()]);
        };
    }

    static Outputs Expand(Arguments arguments)
    {
        var shape = Broadcasting.Shape(arguments.Shape(0), arguments.Integers(1));
        return arguments[0].Integers is { } integers && Axes.Product(shape) <= IntegerTensor.LargestKept
            ? integers.Expand(shape)
            : arguments.Tensor(0).expand(shape);
    }

    static Kernel DepthToSpace(NodeProto node, int opset)
    {
        var block = node.Int("blocksize", 1);
        var columnFirst = node.Text("mode", "DCR") == "CRD";
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var (n, c, h, w) = Lengths(input);
            var channels = c / (block * block);
            var cells = columnFirst
                ? input.reshape(n, channels, block, block, h, w).permute(0, 1, 4, 2, 5, 3)
                : input.reshape(n, block, block, channels, h, w).permute(0, 3, 4, 1, 5, 2);
            return cells.reshape(n, channels, h * block, w * block);
        };
    }

    static Kernel SpaceToDepth(NodeProto node, int opset)
    {
        var block = node.Int("blocksize", 1);
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var (n, c, h, w) = Lengths(input);
            var cells = input.reshape(n, c, h / block, block, w / block, block).permute(0, 3, 5, 1, 2, 4);
            return cells.reshape(n, c * block * block, h / block, w / block);
        };
    }

    static (long N, long C, long H, long W) Lengths(Tensor input) => input.shape is [var n, var c, var h, var w]
        ? (n, c, h, w)
        : throw OperatorErrors.Mismatch("four axes are needed");
}
