using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests;

/// <summary>A model of one node with random inputs, to be compared with ONNX Runtime.</summary>
sealed class OperatorCase
{
    readonly NodeProto node;
    readonly GraphProto graph = new() { Name = "case" };
    readonly List<Tensor> fed = [];
    readonly Random random = new(7);
    readonly int opset;

    public OperatorCase(string operatorName, int opset = 17, string domain = "")
    {
        this.opset = opset;
        node = new NodeProto { OpType = operatorName, Name = "node", Domain = domain };
        graph.Node.Add(node);
    }

    public OperatorCase With(string name, long value) => Change(() => node.Set(name, value));

    public OperatorCase With(string name, float value) => Change(() => node.Set(name, value));

    public OperatorCase With(string name, string value) => Change(() => node.Set(name, value));

    public OperatorCase With(string name, long[]? values) => values is null ? this : Change(() => node.Set(name, values));

    public OperatorCase With(string name, TensorProto value) => Change(() => node.Set(name, value));

    public OperatorCase With(string name, GraphProto value) => Change(() => node.Set(name, value));

    public OperatorCase With(string name, float[] values) => Change(() => node.Set(name, values));

    /// <summary>A fed input of random numbers, evenly from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public OperatorCase Input(long[] shape, float low = -1, float high = 1) => Feed(tensor(Random(shape, low, high), shape));

    public OperatorCase Feed(Tensor value) => Change(() =>
    {
        var name = $"x{node.Input.Count}";
        node.Input.Add(name);
        graph.Input.Add(new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)Models.ElementType(value.dtype), Shape = Models.Shape(value.shape) } },
        });
        fed.Add(value);
    });

    public OperatorCase Constant(TensorProto tensor) => Initializer(name =>
    {
        var named = tensor.Clone();
        named.Name = name;
        return named;
    });

    /// <summary>An initializer of random numbers.</summary>
    public OperatorCase Weight(long[] shape, float low = -1, float high = 1) => Initializer(name => TensorData.FromFloats(name, shape, Random(shape, low, high)));

    public OperatorCase Floats(params float[] values) => Initializer(name => TensorData.FromFloats(name, [values.Length], values));

    public OperatorCase Scalar(float value) => Initializer(name => TensorData.FromFloats(name, [], [value]));

    public OperatorCase Scalar(long value) => Initializer(name => TensorData.FromLongs(name, [], [value]));

    public OperatorCase Longs(params long[] values) => Initializer(name => TensorData.FromLongs(name, [values.Length], values));

    public OperatorCase Longs(long[] shape, long[] values) => Initializer(name => TensorData.FromLongs(name, shape, values));

    public OperatorCase Omitted() => Change(() => node.Input.Add(""));

    /// <summary>Declares outputs where they are not all of one type.</summary>
    public OperatorCase Outputs(params DataType[] types) => Change(() =>
    {
        foreach (var type in types)
        {
            var name = $"y{node.Output.Count}";
            node.Output.Add(name);
            graph.Output.Add(new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type } } });
        }
    });

    /// <summary>Declares outputs by name; one without a name is left out.</summary>
    public OperatorCase OutputsNamed(params string[] names) => Change(() =>
    {
        node.Output.AddRange(names);
        graph.Output.AddRange(names.Where(name => name.Length > 0)
            .Select(name => new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float } } }));
    });

    public OnnxModel Model(int outputs = 1, DataType type = DataType.Float)
    {
        if (node.Output.Count == 0) Outputs([.. Enumerable.Repeat(type, outputs)]);
        var model = Models.Of(graph, opset);
        if (node.Domain.Length > 0) model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = node.Domain, Version = 1 });
        return model;
    }

    public void Agrees(int outputs = 1, DataType type = DataType.Float, double tolerance = 1e-5) =>
        OnnxRuntimeOracle.AssertAgrees(Model(outputs, type), fed, tolerance);

    float[] Random(long[] shape, float low, float high)
    {
        var values = new float[shape.Aggregate(1L, (product, length) => product * length)];
        for (var i = 0; i < values.Length; i++) values[i] = low + (high - low) * random.NextSingle();
        return values;
    }

    OperatorCase Initializer(Func<string, TensorProto> make) => Change(() =>
    {
        var name = $"c{node.Input.Count}";
        node.Input.Add(name);
        graph.Initializer.Add(make(name));
    });

    OperatorCase Change(Action change)
    {
        change();
        return this;
    }
}
