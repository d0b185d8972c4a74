using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Reading at indices; negative indices count from the end of their axis.</summary>
static class IndexingOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Gather", Gather);
        table.Add("GatherElements", GatherElements);
        table.Add("GatherND", GatherMany);
        table.Add("OneHot", OneHot);
        table.Add("NonZero", (_, _) => arguments => AtLeastVector(arguments.Tensor(0)).nonzero().transpose(0, 1));
        table.Add("Compress", Compress);
        table.Add("ReverseSequence", ReverseSequence);
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

    public static Tensor WrapIndices(Tensor indices, long length)
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

    static Kernel GatherMany(NodeProto node, int opset)
    {
        var batchAxes = (int)node.Int("batch_dims", 0);
        return arguments =>
        {
            var (data, indices) = (arguments.Tensor(0), arguments.Tensor(1));
            if (batchAxes == 0) return data.index(Coordinates(indices, data.shape));
            var batch = data.shape[..batchAxes];
            // All batch axes become one, whose entry is a coordinate like the others.
            data = data.flatten(0, batchAxes - 1);
            indices = indices.flatten(0, batchAxes - 1);
            var entries = arange(data.shape[0], ScalarType.Int64, data.device).reshape([-1, .. Enumerable.Repeat(1L, (int)indices.dim() - 2)]);
            var result = data.index([entries, .. Coordinates(indices, data.shape[1..])]);
            return result.reshape([.. batch, .. result.shape[1..]]);
        };
    }

    /// <summary>The last axis of the indices holds one coordinate for each leading axis of the data.</summary>
    public static Tensor[] Coordinates(Tensor indices, long[] lengths) =>
        [.. indices.unbind(-1).Select((part, axis) => WrapIndices(part, lengths[axis]))];

    /// <summary>The entries whose condition holds; a condition that is shorter than the axis drops the rest. Without an axis, of all elements.</summary>
    static Kernel Compress(NodeProto node, int opset)
    {
        var attribute = node.Has("axis") ? node.Int("axis", 0) : (long?)null;
        return arguments =>
        {
            var data = attribute is null ? arguments.Tensor(0).reshape(-1) : arguments.Tensor(0);
            var chosen = arguments.Tensor(1).to(ScalarType.Bool).nonzero().reshape(-1);
            return data.index_select(Axes.Wrap(attribute ?? 0, (int)data.dim()), chosen);
        };
    }

    /// <summary>Reverses the first entries of each sequence of a batch, as many as its length says.</summary>
    static Kernel ReverseSequence(NodeProto node, int opset)
    {
        var (timeAxis, batchAxis) = ((int)node.Int("time_axis", 0), (int)node.Int("batch_axis", 1));
        return arguments =>
        {
            var data = arguments.Tensor(0);
            var lengths = arguments.Tensor(1).to(ScalarType.Int64).unsqueeze(timeAxis);
            var time = arange(data.shape[timeAxis], ScalarType.Int64, data.device).unsqueeze(batchAxis);
            var source = where(time.lt(lengths), lengths - 1 - time, time);
            var shape = source.shape.Concat(Enumerable.Repeat(1L, (int)data.dim() - 2)).ToArray();
            return data.gather(timeAxis, source.reshape(shape).expand(data.shape));
        };
    }

    static Tensor AtLeastVector(Tensor input) => input.dim() == 0 ? input.reshape(1) : input;

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
