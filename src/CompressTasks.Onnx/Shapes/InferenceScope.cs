using System.Globalization;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>The values of one graph while it is inferred; a subgraph's scope also sees the graph around it.</summary>
sealed class InferenceScope
{
    readonly Dictionary<string, TensorFact> facts = new(StringComparer.Ordinal);
    readonly Dictionary<string, long> symbols;
    readonly Dictionary<string, TypeProto> declared = new(StringComparer.Ordinal);
    readonly InferenceScope? outer;
    readonly int[] unknowns;

    InferenceScope(OnnxModel model, GraphProto graph, InferenceScope? outer, Dictionary<string, long> symbols, int[] unknowns)
    {
        Opset = model.Opset;
        File = model.Path;
        Model = model;
        Depth = outer is null ? 0 : outer.Depth + 1;
        this.outer = outer;
        this.symbols = symbols;
        this.unknowns = unknowns;
        foreach (var value in graph.ValueInfo.Concat(graph.Output)) declared[value.Name] = value.Type;
        foreach (var initializer in graph.Initializer) AddConstant(initializer.Name, initializer);
        foreach (var sparse in graph.SparseInitializer)
        {
            if (sparse.Values is { } values) facts[values.Name] = new(values.ElementType(), [.. sparse.Dims.Select(Dimension.Known)]);
        }
    }

    public OnnxModel Model { get; }

    public int Opset { get; }

    /// <summary>How many graphs are around this one.</summary>
    public int Depth { get; }

    public string? File { get; }

    public IReadOnlyDictionary<string, TensorFact> Facts => facts;

    public static InferenceScope ForModel(OnnxModel model, Dictionary<string, long> symbols) => new(model, model.Graph, null, symbols, [0]);

    public InferenceScope ForSubgraph(GraphProto graph) => new(Model, graph, this, symbols, unknowns);

    public Dimension Unknown() => Dimension.Symbol(string.Create(CultureInfo.InvariantCulture, $"?{unknowns[0]++}"));

    public TensorFact Fact(string name)
    {
        if (facts.TryGetValue(name, out var fact)) return fact;
        return outer?.Fact(name) ?? TensorFact.Nothing;
    }

    public void Set(string name, TensorFact fact) => facts[name] = fact;

    public void AddConstant(string name, TensorProto tensor) => facts[name] = TensorFact.Of(tensor);

    /// <summary>The type that the model declares for the value, symbols replaced by the lengths that the inputs give them.</summary>
    public TensorFact? Declared(string name) => declared.TryGetValue(name, out var type) ? FromType(type) : null;

    public TensorFact FromType(TypeProto? type)
    {
        if (type?.TensorType is not { } tensor) return TensorFact.Nothing;
        return new((DataType)tensor.ElemType, tensor.Shape is null ? null : [.. tensor.Shape.Dim.Select(FromDeclaration)]);
    }

    Dimension FromDeclaration(TensorShapeProto.Types.Dimension dimension)
    {
        if (dimension.HasDimValue) return dimension.DimValue < 0 ? Unknown() : dimension.DimValue;
        if (!InputShapes.IsNamed(dimension)) return Unknown();
        return symbols.TryGetValue(dimension.DimParam, out var length) ? length : Dimension.Symbol(dimension.DimParam);
    }
}
