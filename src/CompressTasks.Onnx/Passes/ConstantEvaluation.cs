using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>Operators on constant tensors, computed exactly as a float32 runtime computes them.</summary>
static class ConstantEvaluation
{
    /// <returns>The node's only output, or null for operators and types that are not evaluated here.</returns>
    public static TensorProto? Evaluate(NodeProto node, IReadOnlyList<TensorProto?> inputs, long[] dimensions, GraphShapes shapes)
    {
        if (node.Domain is not ("" or "ai.onnx") || inputs[0] is not { } first || ElementTypes.Bits(first.ElementType()) < 8) return null;
        return node.OpType switch
        {
            "Identity" or "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" => View(first, dimensions),
            "Transpose" => Transposed(
                first,
                node.Ints("perm") ?? [.. Enumerable.Range(0, first.Dims.Count).Reverse().Select(axis => (long)axis)],
                dimensions),
            "Cast" => Cast(first, (DataType)node.Int("to", 0)),
            "Concat" => Concat(inputs, Axis(node.Int("axis", 0), dimensions.Length), dimensions),
            "Gather" => Gather(node, first, inputs[1], dimensions),
            "Slice" => Slice(node, first, shapes),
            "Add" or "Sub" or "Mul" or "Div" when inputs is [{ } left, { } right] => ConstantArithmetic.Binary(node.OpType, left, right, dimensions),
            "Sqrt" or "Neg" or "Reciprocal" => ConstantArithmetic.Unary(node.OpType, first),
            _ => null,
        };
    }

    static TensorProto View(TensorProto source, long[] dimensions)
    {
        var view = source.Clone();
        if (!view.HasRawData) view.SetBytes(source.Bytes().ToArray());
        view.Dims.Clear();
        view.Dims.AddRange(dimensions);
        return view;
    }

    static TensorProto Transposed(TensorProto source, long[] order, long[] dimensions)
    {
        var width = ElementTypes.Bits(source.ElementType()) / 8;
        var steps = new long[order.Length];
        long step = width;
        for (var axis = order.Length - 1; axis >= 0; axis--)
        {
            steps[Array.IndexOf(order, axis)] = step;
            step *= source.Dims[axis];
        }

        var bytes = source.Bytes().Span;
        var target = new byte[bytes.Length];
        var index = new long[order.Length];
        long position = 0;
        for (var at = 0; at < target.Length; at += width)
        {
            bytes.Slice((int)position, width).CopyTo(target.AsSpan(at));
            for (var axis = order.Length - 1; axis >= 0; axis--)
            {
                position += steps[axis];
                if (++index[axis] < dimensions[axis]) break;
                position -= steps[axis] * dimensions[axis];
                index[axis] = 0;
            }
        }

        return TensorData.FromBytes("", source.ElementType(), dimensions, target);
    }

    static TensorProto? Cast(TensorProto source, DataType type)
    {
        var from = source.ElementType();
        if (from == type) return View(source, [.. source.Dims]);
        if (from == DataType.Float && type is DataType.Float16 or DataType.Bfloat16 or DataType.Double) return Filled(source, type);
        return type == DataType.Float && (ElementTypes.IsFloatingPoint(from) || ElementTypes.IsInteger(from)) ? Filled(source, type) : null;
    }

    static TensorProto Filled(TensorProto source, DataType type)
    {
        var floats = source.ToFloats();
        var target = TensorData.FromBytes("", type, [.. source.Dims], new byte[floats.Length * ElementTypes.Bits(type) / 8]);
        target.SetFloats(floats);
        return target;
    }

    static TensorProto? Concat(IReadOnlyList<TensorProto?> inputs, int axis, long[] dimensions)
    {
        var type = inputs[0]!.ElementType();
        if (inputs.Any(input => input is null || input.ElementType() != type)) return null;
        var target = new byte[inputs.Sum(input => input!.Bytes().Length)];
        long outer = 1;
        for (var i = 0; i < axis; i++) outer *= dimensions[i];
        if (target.Length == 0) return TensorData.FromBytes("", type, dimensions, target);
        ReadOnlyMemory<byte>[] parts = [.. inputs.Select(input => input!.Bytes())];
        var position = 0;
        for (var o = 0; o < outer; o++)
        {
            foreach (var part in parts)
            {
                var block = (int)(part.Length / outer);
                part.Span.Slice(o * block, block).CopyTo(target.AsSpan(position));
                position += block;
            }
        }

        return TensorData.FromBytes("", type, dimensions, target);
    }

    static TensorProto? Gather(NodeProto node, TensorProto data, TensorProto? indices, long[] dimensions)
    {
        if (indices is null || !ElementTypes.IsInteger(indices.ElementType())) return null;
        var axis = Axis(node.Int("axis", 0), data.Dims.Count);
        var length = data.Dims[axis];
        var chosen = Array.ConvertAll(indices.ToLongs(), index => index < 0 ? index + length : index);
        // Inference checks the indices of small tensors only; a broken node is left for the runtime to report.
        if (Array.Exists(chosen, index => index < 0 || index >= length)) return null;
        return View(data.Take(axis, Array.ConvertAll(chosen, index => (int)index)), dimensions);
    }

    static TensorProto? Slice(NodeProto node, TensorProto data, GraphShapes shapes)
    {
        long[]? List(string attribute, int input) => node.Ints(attribute) ?? (node.InputOrNull(input) is { } name ? shapes.Integers(name) : null);
        if (List("starts", 1) is not { } starts || List("ends", 2) is not { } ends) return null;
        var axes = List("axes", 3);
        var steps = List("steps", 4);
        for (var i = 0; i < starts.Length; i++)
        {
            var axis = axes is null ? i : Axis(axes[i], data.Dims.Count);
            var (start, step, count) = SlicingRules.Range(data.Dims[axis], starts[i], ends[i], steps?[i] ?? 1);
            data = data.Take(axis, [.. Enumerable.Range(0, (int)count).Select(index => (int)(start + (index * step)))]);
        }

        return data;
    }

    static int Axis(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);
}
