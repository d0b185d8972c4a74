using System.Collections.Frozen;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Training;

/// <summary>All operators that run in libtorch; those outside of the default ONNX domain with their domain in front.</summary>
static class OperatorRegistry
{
    static readonly FrozenDictionary<string, KernelFactory> Factories = Collect().ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The name of an operator of ONNX Runtime's own domain.</summary>
    public static string Microsoft(string name) => $"com.microsoft.{name}";

    public static IEnumerable<string> Names => Factories.Keys;

    /// <returns>What computes the node, or null where neither the operator nor this form of it has a kernel.</returns>
    public static Kernel? Compile(NodeProto node, int opset)
    {
        try
        {
            return Factories.TryGetValue(node.QualifiedName(), out var factory) ? factory(node, opset) : null;
        }
        catch (ModelException exception) when (exception.Code is ModelException.UnsupportedOperator or ModelException.InvalidGraph)
        {
            // A form of the operator, or a type of element, that has no kernel.
            return null;
        }
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
        QuantizationOperators.AddTo(table);
        AttentionOperator.AddTo(table);
        RotaryEmbeddingOperators.AddTo(table);
        MicrosoftAttentionOperators.AddTo(table);
        FusedOperators.AddTo(table);
        FusedNormalizationOperators.AddTo(table);
        return table;
    }
}
