using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Profiling.Tests;

/// <summary>Models of a few nodes, written node by node.</summary>
static class SmallModels
{
    /// <summary>y = relu(x W), x [N, size], W [size, size] with the value 0.5 everywhere, repeated <paramref name="layers"/> times.</summary>
    public static OnnxModel Dense(int size, int layers = 1, int? batch = null)
    {
        var graph = new GraphProto { Name = "dense" };
        graph.Input.Add(Value("x", DataType.Float, batch ?? -1, size));
        graph.Output.Add(Value("y", DataType.Float, batch ?? -1, size));
        var current = "x";
        for (var i = 0; i < layers; i++)
        {
            graph.Initializer.Add(TensorData.FromFloats($"w{i}", [size, size], Enumerable.Repeat(0.5f, size * size).ToArray()));
            graph.Node.Add(Node("MatMul", $"dense{i}", [current, $"w{i}"], $"m{i}"));
            current = i == layers - 1 ? "y" : $"r{i}";
            graph.Node.Add(Node("Relu", $"relu{i}", [$"m{i}"], current));
        }

        return Model(graph);
    }

    /// <summary>y = x for an input of any type and shape.</summary>
    public static OnnxModel Identity(DataType type, params long[] shape)
    {
        var graph = new GraphProto { Name = "identity" };
        graph.Input.Add(Value("x", type, shape));
        graph.Output.Add(Value("y", type, shape));
        graph.Node.Add(Node("Identity", "same", ["x"], "y"));
        return Model(graph);
    }

    public static OnnxModel UnknownOperator()
    {
        var model = Identity(DataType.Float, 1);
        model.Graph.Node[0].OpType = "NoSuchOperator";
        return model;
    }

    public static byte[] Bytes(this OnnxModel model) => model.Proto.ToByteArray();

    static OnnxModel Model(GraphProto graph) => new(new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } } });

    static NodeProto Node(string type, string name, string[] inputs, string output) => new() { OpType = type, Name = name, Input = { inputs }, Output = { output } };

    static ValueInfoProto Value(string name, DataType type, params long[] shape)
    {
        var proto = new TensorShapeProto();
        foreach (var length in shape)
        {
            proto.Dim.Add(length < 0 ? new TensorShapeProto.Types.Dimension { DimParam = "N" } : new TensorShapeProto.Types.Dimension { DimValue = length });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = proto } } };
    }
}
