using System.Collections;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep;

/// <summary>One node as a sweep describes it: attributes, and inputs in their order. The element type of its data is chosen later.</summary>
sealed class NodeCase
{
    readonly List<NodeInput> inputs = [];
    readonly List<(string Name, object Value)> attributes = [];
    int outputs = 1;

    /// <summary>True where the element type of some input can be chosen.</summary>
    public bool HasData => inputs.Any(input => !ReferenceEquals(input, NodeInput.Omitted) && input.Type == DataType.Undefined);

    /// <summary>Fed numbers between -1 and 1.</summary>
    public NodeCase Data(params long[] shape) => Add(new NodeInput(shape));

    /// <summary>Fed numbers between two bounds.</summary>
    public NodeCase Between(double low, double high, params long[] shape) => Add(new NodeInput(shape, Low: low, High: high));

    /// <summary>Fed whole numbers from -2 to 2, among which there are equal ones.</summary>
    public NodeCase Coarse(params long[] shape) => Add(new NodeInput(shape, Low: -2, High: 2, IsCoarse: true, HasGradient: false));

    /// <summary>Fed means and variances, which are measured and not trained.</summary>
    public NodeCase Statistics(params long[] shape) => Add(new NodeInput(shape, Low: 0.3, High: 2, HasGradient: false));

    /// <summary>A fed vector of given numbers.</summary>
    public NodeCase Numbers(params double[] values) => Add(new NodeInput([values.Length], Values: values, HasGradient: false));

    /// <summary>A constant vector of the data's type.</summary>
    public NodeCase Constants(params double[] values) => Add(new NodeInput([values.Length], IsFed: false, Values: values));

    /// <summary>A constant number of the data's type.</summary>
    public NodeCase Constant(double value) => Add(new NodeInput([], IsFed: false, Values: [value]));

    /// <summary>A constant vector of single precision, whatever the data's type: scales, regions.</summary>
    public NodeCase Singles(params double[] values) => Add(new NodeInput([values.Length], DataType.Float, IsFed: false, Values: values));

    /// <summary>A constant vector of 64-bit integers: axes, sizes.</summary>
    public NodeCase Longs(params long[] values) => LongsOf([values.Length], values);

    public NodeCase LongsOf(long[] shape, params long[] values) =>
        Add(new NodeInput(shape, DataType.Int64, IsFed: false, Values: [.. values.Select(value => (double)value)]));

    public NodeCase Long(long value) => LongsOf([], value);

    /// <summary>Fed integers from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public NodeCase Indices(DataType type, long low, long high, params long[] shape) => Add(new NodeInput(shape, type, Low: low, High: high, IsCoarse: true));

    public NodeCase Bools(params long[] shape) => Indices(DataType.Bool, 0, 1, shape);

    public NodeCase FedLongs(long[] shape, params long[] values) =>
        Add(new NodeInput(shape, DataType.Int64, Values: [.. values.Select(value => (double)value)]));

    public NodeCase FedBools(params double[] values) => Add(new NodeInput([values.Length], DataType.Bool, Values: values));

    public NodeCase Omitted() => Add(NodeInput.Omitted);

    /// <summary>Sets an attribute; null leaves it out.</summary>
    public NodeCase With(string name, object? value)
    {
        if (value is not null) attributes.Add((name, value));
        return this;
    }

    public NodeCase Outputs(int count)
    {
        outputs = count;
        return this;
    }

    /// <summary>Applies a part of a description that several cases share.</summary>
    public NodeCase Then(Func<NodeCase, NodeCase> part) => part(this);

    NodeCase Add(NodeInput input)
    {
        inputs.Add(input);
        return this;
    }

    /// <param name="name">Operator of the default domain.</param>
    /// <param name="opset">Operator set of the model.</param>
    /// <param name="type">Element type of the data.</param>
    /// <param name="seed">Of the random values.</param>
    /// <param name="constant">True: data are initializers instead of graph inputs.</param>
    public SweepModel Build(string name, int opset, DataType type, int seed, bool constant = false)
    {
        var node = new NodeProto { OpType = name, Name = "node" };
        var graph = new GraphProto { Name = "graph" };
        graph.Node.Add(node);
        foreach (var (attribute, value) in attributes) SetAttribute(node, attribute, value);
        var random = new Random(seed);
        var feeds = new List<SweepTensor>();
        foreach (var input in inputs)
        {
            var isOmitted = ReferenceEquals(input, NodeInput.Omitted);
            node.Input.Add(isOmitted ? "" : $"x{node.Input.Count}");
            if (isOmitted) continue;
            var given = input.Type == DataType.Undefined ? type : input.Type;
            var isData = input.Type == DataType.Undefined;
            var tensor = SweepTensor.Of(node.Input[^1], given, input.Shape, input.Draw(random), isData && input.HasGradient);
            if (input.IsFed && !(constant && isData))
            {
                feeds.Add(tensor);
                graph.Input.Add(tensor.Declaration());
            }
            else
            {
                graph.Initializer.Add(tensor.Initializer());
            }
        }

        for (var output = 0; output < outputs; output++)
        {
            node.Output.Add($"y{output}");
            graph.Output.Add(new ValueInfoProto { Name = $"y{output}" });
        }

        var proto = new ModelProto { IrVersion = 8, Graph = graph };
        proto.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        var description = $"{name}-{opset} {type}{(constant ? " constant" : "")} {this}";
        return new SweepModel(description, new OnnxModel(proto), feeds, type);
    }

    static void SetAttribute(NodeProto node, string name, object value)
    {
        switch (value)
        {
            case bool flag: node.Set(name, flag ? 1 : 0); break;
            case int or long: node.Set(name, Convert.ToInt64(value, null)); break;
            case double or float: node.Set(name, Convert.ToSingle(value, null)); break;
            case string text: node.Set(name, text); break;
            case long[] integers: node.Set(name, integers); break;
            case double[] numbers: node.Set(name, numbers.Select(number => (float)number)); break;
            case TensorProto tensor: node.Set(name, tensor); break;
            case string[] texts:
                var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Strings };
                attribute.Strings.AddRange(texts.Select(Google.Protobuf.ByteString.CopyFromUtf8));
                node.Attribute.Add(attribute);
                break;
            default: throw new ArgumentException($"no attribute can hold {value.GetType()}", nameof(value));
        }
    }

    public override string ToString()
    {
        var read = inputs.Select(input => ReferenceEquals(input, NodeInput.Omitted) ? "-" : $"[{string.Join(",", input.Shape)}]{Written(input)}");
        return $"{string.Join(" ", read)} {string.Join(" ", attributes.Select(attribute => $"{attribute.Name}={Text(attribute.Value)}"))}".Trim();
    }

    static string Written(NodeInput input) => input is { Values.Length: <= 8, IsFed: false } ? $"={Text(input.Values)}" : "";

    static string Text(object value) => value is not (string or TensorProto) && value is IEnumerable items
        ? $"({string.Join(",", items.Cast<object>().Select(Text))})"
        : FormattableString.Invariant($"{value}");
}
