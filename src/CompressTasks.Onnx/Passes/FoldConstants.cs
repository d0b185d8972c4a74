using System.Runtime.InteropServices;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>
/// Replaces nodes by initializers where their output is always the same: shape arithmetic that inference computed, and operators that
/// move or combine constant tensors. Nothing is folded into more bytes than it came from, small tensors aside, and quantised weights stay
/// so.
/// </summary>
static class FoldConstants
{
    const long AlwaysSmallEnough = 64 * 1024;

    public static bool Apply(OnnxModel model)
    {
        var graph = model.Graph;
        var shapes = ShapeInference.Infer(model);
        var outputs = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var constants = new Dictionary<string, TensorProto>(StringComparer.Ordinal);
        foreach (var initializer in graph.Initializer) constants[initializer.Name] = initializer;
        var kept = new List<NodeProto>(graph.Node.Count);
        foreach (var node in graph.Node)
        {
            if (node.Output.Count != 1 || outputs.Contains(node.Output[0]) || Fold(node, shapes, constants) is not { } tensor)
            {
                kept.Add(node);
                continue;
            }

            tensor.Name = node.Output[0];
            constants[tensor.Name] = tensor;
            graph.Initializer.Add(tensor);
        }

        if (kept.Count == graph.Node.Count) return false;
        graph.Node.Clear();
        graph.Node.AddRange(kept);
        return true;
    }

    static TensorProto? Fold(NodeProto node, GraphShapes shapes, Dictionary<string, TensorProto> constants)
    {
        if (node.Is("Constant") || Subgraphs.Of(node).Any()) return null;
        if (FromContent(shapes.Fact(node.Output[0])) is { } computed) return computed;
        if (node.Input.Count == 0 || !node.Input.All(name => name.Length == 0 || constants.ContainsKey(name))) return null;
        if (!shapes.TryGetKnown(node.Output[0], out var dimensions)) return null;
        TensorProto?[] inputs = [.. node.Input.Select(name => constants.GetValueOrDefault(name))];
        var size = dimensions.Aggregate((double)ElementTypes.Bits(shapes.ElementType(node.Output[0])) / 8, (product, length) => product * length);
        var source = inputs.Sum(tensor => tensor is null ? 0 : (double)TensorCheck.ByteCount(tensor));
        return size <= Math.Max(source, AlwaysSmallEnough) ? ConstantEvaluation.Evaluate(node, inputs, dimensions, shapes) : null;
    }

    static TensorProto? FromContent(TensorFact fact)
    {
        if (fact.Content is not { } content) return null;
        if (fact.Type is DataType.Float or DataType.Double)
        {
            if (!Array.TrueForAll(content.Elements, element => element.Number is not null)) return null;
            var numbers = Array.ConvertAll(content.Elements, element => element.Number!.Value);
            return fact.Type == DataType.Double
                ? Tensor(fact.Type, content.Shape, numbers)
                : Tensor(fact.Type, content.Shape, Array.ConvertAll(numbers, number => (float)number));
        }

        if (content.Integers() is not { } integers) return null;
        return fact.Type switch
        {
            DataType.Int64 => Tensor(fact.Type, content.Shape, integers),
            DataType.Int32 => Tensor(fact.Type, content.Shape, Array.ConvertAll(integers, value => (int)value)),
            DataType.Bool => Tensor(fact.Type, content.Shape, Array.ConvertAll(integers, value => (byte)value)),
            _ => null,
        };
    }

    static TensorProto Tensor<T>(DataType type, long[] shape, T[] elements)
        where T : unmanaged =>
        TensorData.FromBytes("", type, shape, MemoryMarshal.AsBytes<T>(elements).ToArray());
}
