using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests;

/// <summary>Small models made node by node.</summary>
sealed class Models
{
    readonly GraphProto graph = new() { Name = "graph" };
    readonly Random random;
    int values;

    public Models(int seed = 3) => random = new Random(seed);

    public static OnnxModel Of(GraphProto graph, int opset)
    {
        var proto = new ModelProto { IrVersion = 8, Graph = graph };
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        return new OnnxModel(proto);
    }

    public static TensorShapeProto Shape(IEnumerable<long> lengths)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(lengths.Select(length =>
            length < 0 ? new TensorShapeProto.Types.Dimension { DimParam = "N" } : new TensorShapeProto.Types.Dimension { DimValue = length }));
        return shape;
    }

    public static DataType ElementType(ScalarType type) => type switch
    {
        ScalarType.Float32 => DataType.Float,
        ScalarType.Float64 => DataType.Double,
        ScalarType.Int64 => DataType.Int64,
        ScalarType.Int32 => DataType.Int32,
        ScalarType.Byte => DataType.Uint8,
        ScalarType.Int8 => DataType.Int8,
        ScalarType.Bool => DataType.Bool,
        _ => throw new NotSupportedException(type.ToString()),
    };

    /// <summary>Declares an input; -1 is a dynamic length.</summary>
    public string Input(params long[] shape)
    {
        var name = $"input{graph.Input.Count}";
        graph.Input.Add(Value(name, shape));
        return name;
    }

    public string Weight(string name, params long[] shape) => Weight(name, 0, 1, shape);

    /// <summary>An initializer of normally distributed numbers around <paramref name="mean"/>, scaled down by the fan-in.</summary>
    public string Weight(string name, float mean, float deviation, params long[] shape)
    {
        var count = shape.Aggregate(1L, (product, length) => product * length);
        var fanIn = shape.Length > 1 ? count / shape[0] : 1;
        var numbers = new float[count];
        for (var i = 0; i < count; i++) numbers[i] = mean + deviation * Normal() * MathF.Sqrt(2f / (fanIn + 1));
        graph.Initializer.Add(TensorData.FromFloats(name, shape, numbers));
        return name;
    }

    public string Longs(params long[] numbers)
    {
        var name = $"longs{graph.Initializer.Count}";
        graph.Initializer.Add(TensorData.FromLongs(name, [numbers.Length], numbers));
        return name;
    }

    public string Node(string operatorName, string[] inputs, Action<NodeProto>? attributes = null)
    {
        var node = new NodeProto { OpType = operatorName, Name = $"{operatorName}.{graph.Node.Count}" };
        node.Input.AddRange(inputs);
        node.Output.Add($"value{values++}");
        attributes?.Invoke(node);
        graph.Node.Add(node);
        return node.Output[0];
    }

    /// <summary>A padded convolution without bias, batch normalisation and, unless told otherwise, Relu.</summary>
    public string ConvBlock(string name, string input, long from, long to, long kernel = 3, long stride = 1, bool relu = true)
    {
        var convolved = Node("Conv", [input, Weight($"{name}.weight", to, from, kernel, kernel)], node =>
        {
            node.Set("kernel_shape", [kernel, kernel]);
            node.Set("strides", [stride, stride]);
            node.Set("pads", Enumerable.Repeat(kernel / 2, 4));
        });
        var normalised = Node(
            "BatchNormalization",
            [convolved, Weight($"{name}/bn.scale", 1, 0.1f, to), Weight($"{name}/bn.bias", 0, 0.1f, to), Weight($"{name}/bn.mean", 0, 0.1f, to), Weight($"{name}/bn.var", 1, 0.05f, to)]);
        return relu ? Node("Relu", [normalised]) : normalised;
    }

    public OnnxModel Build(string output, int opset = 13)
    {
        graph.Output.Add(new ValueInfoProto { Name = output, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float } } });
        return Of(graph, opset);
    }

    /// <summary>Two blocks and a classifier of four classes over images [N,3,8,8].</summary>
    public static OnnxModel SmallConvNet()
    {
        var builder = new Models();
        var value = builder.ConvBlock("stem", builder.Input(-1, 3, 8, 8), 3, 8);
        value = builder.Node("Add", [builder.ConvBlock("block", value, 8, 8), value]);
        value = builder.Node("MaxPool", [value], node =>
        {
            node.Set("kernel_shape", [2L, 2L]);
            node.Set("strides", [2L, 2L]);
        });
        value = builder.Node("Flatten", [value]);
        return builder.Build(builder.Node("Gemm", [value, builder.Weight("fc.weight", 4, 128), builder.Weight("fc.bias", 0, 0.1f, 4)], node => node.Set("transB", 1L)));
    }

    /// <summary>The residual network of 6 n + 2 layers for images [N,3,32,32] and ten classes.</summary>
    public static OnnxModel ResNet(int blocksPerStage)
    {
        var builder = new Models();
        var value = builder.ConvBlock("stem", builder.Input(-1, 3, 32, 32), 3, 16);
        var width = 16L;
        for (var stage = 0; stage < 3; stage++)
        {
            for (var block = 0; block < blocksPerStage; block++)
            {
                var shrinks = stage > 0 && block == 0;
                var (from, stride) = shrinks ? (width, 2) : (stage == 0 ? 16 : 16L << stage, 1);
                width = 16L << stage;
                var name = $"stage{stage}.{block}";
                var inner = builder.ConvBlock($"{name}.a", value, from, width, stride: stride);
                inner = builder.ConvBlock($"{name}.b", inner, width, width, relu: false);
                var skip = shrinks ? builder.ConvBlock($"{name}.skip", value, from, width, kernel: 1, stride: stride, relu: false) : value;
                value = builder.Node("Relu", [builder.Node("Add", [inner, skip])]);
            }
        }

        value = builder.Node("Flatten", [builder.Node("GlobalAveragePool", [value])]);
        return builder.Build(builder.Node("Gemm", [value, builder.Weight("fc.weight", 10, 64), builder.Weight("fc.bias", 0, 0.1f, 10)], node => node.Set("transB", 1L)));
    }

    static ValueInfoProto Value(string name, long[] shape) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = Shape(shape) } },
    };

    float Normal() => MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
}
