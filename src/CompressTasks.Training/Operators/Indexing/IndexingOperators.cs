using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Reading and writing at indices; negative indices count from the end of their axis.</summary>
static class IndexingOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Gather", Gather);
        table.Add("GatherElements", GatherElements);
        table.Add("GatherND", GatherMany);
        table.Add("ScatterElements", ScatterElements);
        table.Add("Scatter", ScatterElements);
        table.Add("ScatterND", ScatterMany);
        table.Add("OneHot", OneHot);
        table.Add("NonZero", (_, _) => arguments => arguments.Tensor(0).nonzero().transpose(0, 1));
    }

    static Kernel Gather(NodeProto node, int opset)
    {
        var attribute = node.Int("axis", 0);
        return arguments =>
        {
            var shape = arguments.Shape(0);
            var axis = Axes.Wrap(attribute, shape.Length);
            if (arguments[1].Integers is not { } indices)
            {
                return Gathered(arguments.Tensor(0), axis, WrapIndices(arguments.Tensor(1), shape[axis]), arguments.Shape(1));
            }

            if (indices.Values.Any(index => index < -shape[axis] || index >= shape[axis]))
            {
                throw OperatorErrors.Mismatch($"an index lies outside the axis of length {shape[axis]}");
            }

            if (arguments[0].Integers is { } integers)
            {
                return integers.Take(axis, indices.Values) with { Shape = [.. shape[..axis], .. indices.Shape, .. shape[(axis + 1)..]] };
            }

            var wrapped = Array.ConvertAll(indices.Values, index => index < 0 ? index + shape[axis] : index);
            return wrapped.Length == 1 && indices.Rank == 0
                ? arguments.Tensor(0).select(axis, wrapped[0])
                : Gathered(arguments.Tensor(0), axis, tensor(wrapped, device: arguments.Context.Device), indices.Shape);
        };
    }

    static Tensor Gathered(Tensor data, int axis, Tensor indices, long[] indexShape)
    {
        var shape = data.shape;
        var rows = data.index_select(axis, indices.reshape(-1));
        return indexShape.Length == 1 ? rows : rows.reshape([.. shape[..axis], .. indexShape, .. shape[(axis + 1)..]]);
    }

    static Tensor WrapIndices(Tensor indices, long length)
    {
        var wide = indices.to(ScalarType.Int64);
        return where(wide.lt(0), wide + length, wide);
    }

    static Kernel GatherElements(NodeProto node, int opset)
    {
        var attribute = node.Int("axis", 0);
        return arguments =>
        {
            var data = arguments.Tensor(0);
            var axis = Axes.Wrap(attribute, (int)data.dim());
            return data.gather(axis, WrapIndices(arguments.Tensor(1), data.shape[axis]));
        };
    }

    static Kernel ScatterElements(NodeProto node, int opset)
    {
        var attribute = node.Int("axis", 0);
        var reduction = node.Text("reduction", "none");
        if (reduction is not ("none" or "add")) throw OperatorErrors.UnsupportedForm(node, $"the reduction '{reduction}'");
        return arguments =>
        {
            var data = arguments.Tensor(0);
            var axis = Axes.Wrap(attribute, (int)data.dim());
            var indices = WrapIndices(arguments.Tensor(1), data.shape[axis]);
            return reduction == "add" ? data.scatter_add(axis, indices, arguments.Tensor(2)) : data.scatter(axis, indices, arguments.Tensor(2));
        };
    }

    static Kernel GatherMany(NodeProto node, int opset)
    {
        var batchAxes = (int)node.Int("batch_dims", 0);
        if (batchAxes > 1) throw OperatorErrors.UnsupportedForm(node, $"{batchAxes} batch axes");
        return arguments =>
        {
            var (data, indices) = (arguments.Tensor(0), arguments.Tensor(1));
            var parts = Coordinates(indices, data.shape[batchAxes..]);
            if (batchAxes == 0) return data.index(parts);
            var batch = arange(data.shape[0], ScalarType.Int64, data.device).reshape([-1, .. Enumerable.Repeat(1L, (int)indices.dim() - 2)]);
            return data.index([batch, .. parts]);
        };
    }

    static Kernel ScatterMany(NodeProto node, int opset)
    {
        var reduction = node.Text("reduction", "none");
        if (reduction is not ("none" or "add")) throw OperatorErrors.UnsupportedForm(node, $"the reduction '{reduction}'");
        return arguments =>
        {
            var result = arguments.Tensor(0).clone();
            return result.index_put_(arguments.Tensor(2), Coordinates(arguments.Tensor(1), result.shape), accumulate: reduction == "add");
        };
    }

    /// <summary>The last axis of the indices holds one coordinate for each leading axis of the data.</summary>
    static Tensor[] Coordinates(Tensor indices, long[] lengths) => [.. indices.unbind(-1).Select((part, axis) => WrapIndices(part, lengths[axis]))];

    static Kernel OneHot(NodeProto node, int opset)
    {
        var attribute = node.Int("axis", -1);
        return arguments =>
        {
            var depth = (long)arguments.Floats(1)[0];
            var choice = arguments.Tensor(2);
            var indices = WrapIndices(arguments.Tensor(0), depth).unsqueeze(-1);
            var isHot = indices.eq(arange(depth, ScalarType.Int64, arguments.Context.Device));
            var result = where(isHot, choice[1], choice[0]);
            var rank = (int)result.dim();
            return result.movedim([rank - 1], [Axes.Wrap(attribute, rank)]);
        };
    }
}
