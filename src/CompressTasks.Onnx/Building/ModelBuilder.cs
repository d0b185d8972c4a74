using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>
/// Builds a model node by node. Values are their names; shapes are inferred as nodes are added, so layers know how many channels they get.
/// Weights are drawn uniformly with the variance of He et al. (2015) from the seed alone: the same calls give the same bytes everywhere.
/// </summary>
public sealed partial class ModelBuilder
{
    const int IrVersion = 8;

    readonly OnnxModel model;
    readonly InferenceScope scope;
    readonly FreshNames names;
    readonly Random random;

    public ModelBuilder(int seed = 1, int opset = 17, string name = "model")
    {
        var proto = new ModelProto { IrVersion = IrVersion, ProducerName = "CompressTasks", Graph = new GraphProto { Name = name } };
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        model = new OnnxModel(proto);
        scope = InferenceScope.ForModel(model, []);
        names = new FreshNames(model.Graph);
        random = new Random(seed);
    }

    GraphProto Graph => model.Graph;

    /// <summary>A float32 graph input, for example <c>Input("x", "N", 3, 32, 32)</c>; a text is a dynamic axis of that name.</summary>
    public string Input(string name, params IEnumerable<Dimension> shape) => TypedInput(name, DataType.Float, shape);

    /// <summary>A graph input of any element type.</summary>
    public string TypedInput(string name, DataType type, params IEnumerable<Dimension> shape)
    {
        var fact = new TensorFact(type, [.. shape]);
        Graph.Input.Add(ValueTypes.Describe(names.Next(name), fact));
        scope.Set(name, fact);
        return name;
    }

    /// <summary>The inferred shape of a value; null where its rank is unknown.</summary>
    public IReadOnlyList<Dimension>? Shape(string value) => scope.Fact(value).Shape;

    /// <summary>The length of one axis (negative: from the end) of a value.</summary>
    /// <exception cref="ModelException">CMP0006 where it is not a known number.</exception>
    public long Length(string value, int axis)
    {
        if (Shape(value) is { } shape && shape[axis < 0 ? axis + shape.Count : axis] is { IsKnown: true } length) return length.Value;
        throw new ModelException(ModelException.Shape, $"Axis {axis} of '{value}' has no known length.");
    }

    /// <summary>An initializer with the given elements.</summary>
    public string Weight(string name, long[] shape, float[] values) => Add(TensorData.FromFloats(names.Next(name), shape, values));

    /// <summary>A vector of integers, for targets, axes and sizes.</summary>
    public string Integers(params long[] values) => Add(TensorData.FromLongs(names.Next("integers"), [values.Length], values));

    /// <summary>A float32 scalar.</summary>
    public string Scalar(float value) => Add(TensorData.FromFloats(names.Next("scalar"), [], [value]));

    /// <summary>Any tensor as initializer; its name is made unique.</summary>
    public string Initializer(TensorProto tensor)
    {
        var copy = tensor.Clone();
        copy.Name = names.Next(copy.Name.Length > 0 ? copy.Name : "initializer");
        return Add(copy);
    }

    /// <summary>An initializer drawn uniformly with mean 0 and variance gain^2 / <paramref name="fanIn"/>.</summary>
    public string RandomWeight(string name, long[] shape, long fanIn, double gain)
    {
        var values = new float[shape.Aggregate(1L, (product, length) => product * length)];
        var bound = (float)(gain * Math.Sqrt(3.0 / fanIn));
        for (var i = 0; i < values.Length; i++) values[i] = ((2 * random.NextSingle()) - 1) * bound;
        return Weight(name, shape, values);
    }

    /// <summary>Any node with one output.</summary>
    /// <param name="operatorName">ONNX operator; one of another domain with the domain and a dot in front.</param>
    /// <param name="inputs">Value names; an empty one leaves an optional input out.</param>
    /// <param name="attributes">An object whose properties are the attributes: <c>new { axis = 1, mode = "linear", pads = new[] { 1, 1 }
    /// }</c>.</param>
    /// <param name="name">Name of node and output; made up where null.</param>
    public string Node(string operatorName, IEnumerable<string> inputs, object? attributes = null, string? name = null) =>
        Nodes(operatorName, inputs, 1, attributes, name)[0];

    /// <summary>Any node with several outputs, as Split has.</summary>
    public string[] Nodes(string operatorName, IEnumerable<string> inputs, int outputs, object? attributes = null, string? name = null)
    {
        var first = names.Next(name ?? operatorName.ToLowerInvariant());
        string[] made = [first, .. Enumerable.Range(1, outputs - 1).Select(_ => names.Next(first + "_output"))];
        AddNode(operatorName, inputs, made, attributes);
        return made;
    }

    /// <summary>Finishes the model with these values as its outputs.</summary>
    public OnnxModel Build(params IEnumerable<string> outputs)
    {
        foreach (var output in outputs) Graph.Output.Add(ValueTypes.Describe(output, scope.Fact(output)));
        return model;
    }

    string Named(string name, string operatorName, IEnumerable<string> inputs, object? attributes)
    {
        AddNode(operatorName, inputs, [name], attributes);
        return name;
    }

    void AddNode(string operatorName, IEnumerable<string> inputs, IEnumerable<string> outputs, object? attributes)
    {
        var dot = operatorName.LastIndexOf('.');
        var node = new NodeProto { OpType = operatorName[(dot + 1)..] };
        if (dot >= 0)
        {
            node.Domain = operatorName[..dot];
            var isKnown = model.Proto.OpsetImport.Any(import => import.Domain == node.Domain);
            if (!isKnown) model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = node.Domain, Version = 1 });
        }

        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Name = node.Output[0];
        AttributeObject.CopyTo(node, attributes);
        Graph.Node.Add(node);
        ShapeInference.Run(node, scope);
    }

    string Add(TensorProto tensor)
    {
        Graph.Initializer.Add(tensor);
        scope.AddConstant(tensor.Name, tensor);
        return tensor.Name;
    }
}
