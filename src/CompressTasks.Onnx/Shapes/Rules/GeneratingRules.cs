using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>Operators that make a tensor from attributes, sizes or ranges.</summary>
static class GeneratingRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["Constant"] = Constant;
        rules["ConstantOfShape"] = inference => inference.Output(
            0, inference.Node.Tensor("value")?.ElementType() ?? DataType.Float, FromInput(inference));
        rules["Shape"] = inference => inference.Output(
            0, DataType.Int64, [inference.Shape(0) is { } input ? ShapeRange(inference, input.Length).Count : inference.Unknown()]);
        rules["Size"] = inference => inference.Output(0, DataType.Int64, []);
        rules["Range"] = Range;
        rules["EyeLike"] = inference => inference.Output(0, TypeAttribute(inference, inference.Type(0)), inference.Shape(0));
        rules["RandomNormal"] = FromAttribute;
        rules["RandomUniform"] = FromAttribute;
        rules["RandomNormalLike"] = rules["EyeLike"];
        rules["RandomUniformLike"] = rules["EyeLike"];
        rules["Bernoulli"] = rules["EyeLike"];
        rules["Multinomial"] = inference => inference.Output(
            0, TypeAttribute(inference, DataType.Int32), [inference.Shape(0)?[0] ?? inference.Unknown(), inference.Node.Int("sample_size", 1)]);
    }

    /// <summary>First axis and number of axes that a Shape node reports.</summary>
    public static (int Start, int Count) ShapeRange(NodeInference inference, int rank)
    {
        var start = Clamp(inference.Node.Int("start", 0), rank);
        var end = Clamp(inference.Node.Int("end", rank), rank);
        return (start, Math.Max(end - start, 0));
    }

    static int Clamp(long axis, int rank) => (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);

    static void Constant(NodeInference inference)
    {
        if (ConstantValues.TensorOf(inference.Node) is { } tensor) inference.Output(0, TensorFact.Of(tensor));
    }

    static Dimension[]? FromInput(NodeInference inference) => inference.Content(0) is { } target
        ? Targets.Shape(inference, target)
        : inference.Shape(0) is [{ IsKnown: true, Value: < 64 } rank] ? inference.UnknownShape((int)rank.Value) : null;

    static void FromAttribute(NodeInference inference) =>
        inference.Output(0, TypeAttribute(inference, DataType.Float), [.. (inference.Node.Ints("shape") ?? []).Select(Dimension.Known)]);

    static DataType TypeAttribute(NodeInference inference, DataType otherwise) =>
        inference.Node.Has("dtype") ? (DataType)inference.Node.Int("dtype", 0) : otherwise;

    static void Range(NodeInference inference)
    {
        inference.Output(0, inference.Type(0), [Count(inference)]);
    }

    static Dimension Count(NodeInference inference)
    {
        if (inference.Content(0)?.Elements is not [var start]
            || inference.Content(1)?.Elements is not [var limit]
            || inference.Content(2)?.Elements is not [var step])
        {
            return inference.Unknown();
        }

        if (start.Number is { } from && limit.Number is { } to && step.Number is { } by && by != 0)
        {
            return (long)Math.Max(Math.Ceiling((to - from) / by), 0);
        }
        if (step.Number is not > 0) return inference.Unknown();
        return ScalarValue.Divide(ScalarValue.Subtract(limit, start), step).Ceiling().Integer ?? inference.Unknown();
    }
}
