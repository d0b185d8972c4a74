using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>Operators whose output is chosen by indices or by the data itself.</summary>
static class IndexingRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["Gather"] = Gather;
        rules["GatherElements"] = inference => inference.Output(0, inference.Type(0), inference.Shape(1));
        rules["GatherND"] = GatherND;
        rules["OneHot"] = OneHot;
        rules["NonZero"] = inference => inference.Output(
            0, DataType.Int64, [inference.Shape(0) is { } input ? Math.Max(1, input.Length) : inference.Unknown(), inference.Unknown()]);
        rules["Compress"] = Compress;
        rules["Unique"] = Unique;
        rules["NonMaxSuppression"] = inference => inference.Output(0, DataType.Int64, [inference.Unknown(), 3]);
        rules["GridSample"] = GridSample;
    }

    static void Gather(NodeInference inference)
    {
        if (inference.Shape(0) is not { } data || inference.Shape(1) is not { } indices)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var axis = inference.Axis(inference.Node.Int("axis", 0), data.Length);
        if (data[axis].IsKnown
            && inference.Integers(1) is { } chosen
            && Array.Exists(chosen, index => index < -data[axis].Value || index >= data[axis].Value))
        {
            throw inference.Contradiction($"takes an index outside axis {axis} of {inference.Describe(0)}");
        }

        inference.Output(0, inference.Type(0), [.. data[..axis], .. indices, .. data[(axis + 1)..]]);
    }

    static void GatherND(NodeInference inference)
    {
        if (inference.Shape(0) is not { } data || inference.Shape(1) is not [.., { IsKnown: true } tuple] indices)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var skipped = inference.Node.Int("batch_dims", 0) + tuple.Value;
        if (skipped < 0 || skipped > data.Length) throw inference.Contradiction($"indexes {tuple} axes of {inference.Describe(0)}");
        inference.Output(0, inference.Type(0), [.. indices[..^1], .. data[(int)skipped..]]);
    }

    static void OneHot(NodeInference inference)
    {
        if (inference.Shape(0) is not { } indices)
        {
            inference.Output(0, inference.Type(2), null);
            return;
        }

        var axis = inference.Axis(inference.Node.Int("axis", -1), indices.Length + 1);
        var depth = inference.Content(1)?.Elements is [{ Integer: { } count }] ? count : inference.Unknown();
        inference.Output(0, inference.Type(2), [.. indices[..axis], depth, .. indices[axis..]]);
    }

    static void Compress(NodeInference inference)
    {
        if (!inference.Node.Has("axis"))
        {
            inference.Output(0, inference.Type(0), [inference.Unknown()]);
            return;
        }

        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        Dimension[] shape = [.. input];
        shape[inference.Axis(inference.Node.Int("axis", 0), input.Length)] = inference.Unknown();
        inference.Output(0, inference.Type(0), shape);
    }

    static void Unique(NodeInference inference)
    {
        var count = inference.Unknown();
        Dimension[]? values = [count];
        if (inference.Node.Has("axis"))
        {
            values = inference.Shape(0) is { } input ? [.. input] : null;
            if (values is not null) values[inference.Axis(inference.Node.Int("axis", 0), values.Length)] = count;
        }

        inference.Output(0, inference.Type(0), values);
        inference.Output(1, DataType.Int64, [count]);
        inference.Output(2, DataType.Int64, [inference.Unknown()]);
        inference.Output(3, DataType.Int64, [count]);
    }

    static void GridSample(NodeInference inference)
    {
        if (inference.Shape(0) is not { Length: > 2 } input || inference.Shape(1) is not { } grid || grid.Length != input.Length)
        {
            inference.Output(0, inference.Type(0), inference.Shape(0) is { } any ? inference.UnknownShape(any.Length) : null);
            return;
        }

        inference.Output(0, inference.Type(0), [input[0], input[1], .. grid[1..^1]]);
    }
}
