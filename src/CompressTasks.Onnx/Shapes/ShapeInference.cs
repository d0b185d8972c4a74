using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>
/// Finds element type and shape of every value of a model, with symbolic dimensions, and follows exporters' shape arithmetic
/// (Shape, Gather, Concat and so on) element by element so that the targets of Reshape, Expand, Slice and Resize are understood.
/// </summary>
public static class ShapeInference
{
    /// <param name="model">A model whose nodes are in an order in which they can run.</param>
    /// <param name="inputShapes">Lengths for the inputs named here; they replace the symbols of dynamic axes everywhere in the
    /// model.</param>
    /// <returns>What is known. Values of operators without a rule keep what the model declares for them, or stay unknown.</returns>
    /// <exception cref="ModelException">CMP0006: shapes contradict each other; the message names the node.</exception>
    public static GraphShapes Infer(OnnxModel model, IReadOnlyDictionary<string, long[]>? inputShapes = null)
    {
        var symbols = InputShapes.Bind(model, inputShapes);
        var scope = InferenceScope.ForModel(model, symbols);
        foreach (var input in model.Graph.Input)
        {
            // An input that is also an initializer is the initializer unless somebody overrides it.
            if (scope.Facts.ContainsKey(input.Name)) continue;
            var fact = scope.FromType(input.Type);
            if (inputShapes is not null && inputShapes.TryGetValue(input.Name, out var given))
            {
                fact = fact with { Shape = Array.ConvertAll(given, Dimension.Known) };
            }
            scope.Set(input.Name, fact);
        }

        Run(model.Graph, scope);
        return new(scope.Facts);
    }

    /// <summary>Infers the nodes of one graph whose inputs are in the scope already.</summary>
    internal static void Run(GraphProto graph, InferenceScope scope)
    {
        foreach (var node in graph.Node) Run(node, scope);
    }

    /// <summary>Infers one node whose inputs are in the scope already.</summary>
    internal static void Run(NodeProto node, InferenceScope scope)
    {
        var inference = new NodeInference(node, scope);
        if (ShapeRules.For(node) is { } rule) Apply(rule, inference);
        for (var i = 0; i < node.Output.Count; i++)
        {
            if (node.Output[i].Length > 0) scope.Set(node.Output[i], Merge(inference.Outputs[i], scope.Declared(node.Output[i])));
        }
    }

    static void Apply(Action<NodeInference> rule, NodeInference inference)
    {
        try
        {
            rule(inference);
            OperandFit.Check(inference);
            if (ContentRules.For(inference.Node) is { } content && content(inference) is { } elements) inference.OutputContent(0, elements);
        }
        catch (Exception exception) when (exception is OverflowException or DivideByZeroException)
        {
            throw inference.Contradiction("has a size that cannot be computed: " + exception.Message.TrimEnd('.'));
        }
    }

    /// <summary>What was inferred goes before what is declared, which fills the gaps.</summary>
    static TensorFact Merge(TensorFact? inferred, TensorFact? declared)
    {
        if (inferred is null) return declared ?? TensorFact.Nothing;
        if (declared is null) return inferred;
        var type = inferred.Type == DataType.Undefined ? declared.Type : inferred.Type;
        if (inferred.Shape is not { } shape) return inferred with { Type = type, Shape = declared.Shape };
        if (declared.Shape is not { } other || other.Length != shape.Length) return inferred with { Type = type };
        var merged = new Dimension[shape.Length];
        for (var i = 0; i < merged.Length; i++) merged[i] = shape[i].IsAnonymous ? other[i] : shape[i];
        return inferred with { Type = type, Shape = merged };
    }
}
