namespace CompressTasks.Onnx;

/// <summary>Index arithmetic over the elements of small tensors.</summary>
static class ContentArrays
{
    /// <summary>The elements repeated to a shape that the content broadcasts to.</summary>
    public static TensorContent Broadcast(TensorContent source, long[] shape)
    {
        if (source.Shape.AsSpan().SequenceEqual(shape)) return source;
        var steps = new long[shape.Length];
        long step = 1;
        for (var i = 1; i <= source.Shape.Length; i++)
        {
            steps[^i] = source.Shape[^i] == 1 ? 0 : step;
            step *= source.Shape[^i];
        }

        var elements = new ScalarValue[shape.Aggregate(1L, (product, length) => product * length)];
        var index = new long[shape.Length];
        long position = 0;
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = source.Elements[position];
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                position += steps[axis];
                if (++index[axis] < shape[axis]) break;
                position -= steps[axis] * shape[axis];
                index[axis] = 0;
            }
        }

        return new(shape, elements);
    }

    /// <summary>The elements at the given indices of one axis.</summary>
    public static TensorContent Take(TensorContent source, int axis, IReadOnlyList<long> indices)
    {
        long outer = 1, inner = 1;
        for (var i = 0; i < axis; i++) outer *= source.Shape[i];
        for (var i = axis + 1; i < source.Shape.Length; i++) inner *= source.Shape[i];
        var elements = new List<ScalarValue>();
        for (long o = 0; o < outer; o++)
        {
            foreach (var index in indices)
            {
                for (long i = 0; i < inner; i++) elements.Add(source.Elements[(((o * source.Shape[axis]) + index) * inner) + i]);
            }
        }

        long[] shape = [.. source.Shape];
        shape[axis] = indices.Count;
        return new(shape, [.. elements]);
    }
}
