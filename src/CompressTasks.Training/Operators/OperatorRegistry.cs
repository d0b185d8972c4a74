using System.Collections.Frozen;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Training;

/// <summary>All operators of the default ONNX domain that run in libtorch, by name.</summary>
static class OperatorRegistry
{
    static readonly FrozenDictionary<string, KernelFactory> Factories = Collect().ToFrozenDictionary(StringComparer.Ordinal);

    public static IEnumerable<string> Names => Factories.Keys;

    public static bool Supports(NodeProto node) => node.Domain is "" or "ai.onnx" && Factories.ContainsKey(node.OpType);

    /// <exception cref="ModelException">CMP0007 for an operator that is not here.</exception>
    public static Kernel Compile(NodeProto node, int opset, string? file)
    {
        if (Supports(node)) return Factories[node.OpType](node, opset);
        var name = node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.Domain}.{node.OpType}";
        throw new ModelException(
            ModelException.UnsupportedOperator,
            $"Node '{node.DisplayName()}' uses the operator {name}, which cannot be run for training.",
            file,
            "Export the model with standard operators, or leave out the stages that need training data.");
    }

    static Dictionary<string, KernelFactory> Collect()
    {
        var table = new Dictionary<string, KernelFactory>(StringComparer.Ordinal);
        ConvolutionOperators.AddTo(table);
        NormalizationOperators.AddTo(table);
        ActivationOperators.AddTo(table);
        PoolingOperators.AddTo(table);
        MaxPoolOperator.AddTo(table);
        MatrixOperators.AddTo(table);
        ElementwiseOperators.AddTo(table);
        SoftmaxOperators.AddTo(table);
        LogicOperators.AddTo(table);
        ReductionOperators.AddTo(table);
        ShapeOperators.AddTo(table);
        PartOperators.AddTo(table);
        SourceOperators.AddTo(table);
        IndexingOperators.AddTo(table);
        ScatterOperators.AddTo(table);
        PadOperator.AddTo(table);
        ResizeOperators.AddTo(table);
        GridSampleOperator.AddTo(table);
        RecurrentOperators.AddTo(table);
        return table;
    }
}
