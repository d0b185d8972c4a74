using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Tool.Tests;

/// <summary>A folder with models, and a cache folder for the command, removed at the end of a test.</summary>
public sealed class TemporaryModel : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("compress-tool");

    public string PathOf(string name) => Path.Combine(folder.FullName, name);

    /// <summary>
    /// input [N, 1, 8, 8] -> 3 x 3 convolution with <paramref name="channels"/> output channels and bias, padded -> relu -> mean over the
    /// image -> Gemm with bias -> scores [N, 10].
    /// </summary>
    public string Convolution(string name, int channels)
    {
        var graph = new GraphProto { Name = "convolution" };
        graph.Input.Add(Value("input", -1, 1, 8, 8));
        graph.Output.Add(Value("scores", -1, 10));
        graph.Initializer.Add(TensorData.FromFloats("filters", [channels, 1, 3, 3], Ramp(channels * 9)));
        graph.Initializer.Add(TensorData.FromFloats("filter_bias", [channels], Ramp(channels)));
        graph.Initializer.Add(TensorData.FromFloats("weight", [channels, 10], Ramp(channels * 10)));
        graph.Initializer.Add(TensorData.FromFloats("bias", [10], Ramp(10)));
        var convolution = new NodeProto { OpType = "Conv", Name = "conv", Input = { "input", "filters", "filter_bias" }, Output = { "convolved" } };
        convolution.Set("pads", [1, 1, 1, 1]);
        graph.Node.Add(convolution);
        graph.Node.Add(new NodeProto { OpType = "Relu", Name = "relu", Input = { "convolved" }, Output = { "active" } });
        graph.Node.Add(new NodeProto { OpType = "GlobalAveragePool", Name = "pool", Input = { "active" }, Output = { "pooled" } });
        graph.Node.Add(new NodeProto { OpType = "Flatten", Name = "flat", Input = { "pooled" }, Output = { "features" } });
        graph.Node.Add(new NodeProto { OpType = "Gemm", Name = "classify", Input = { "features", "weight", "bias" }, Output = { "scores" } });
        var model = new OnnxModel(new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } } });
        model.Write(PathOf(name));
        return PathOf(name);
    }

    /// <summary>Scores [N, inputs] that are the inputs [N, inputs].</summary>
    public string Scores(string name, int inputs)
    {
        var graph = new GraphProto { Name = "scores" };
        graph.Input.Add(Value("input", -1, inputs));
        graph.Output.Add(Value("scores", -1, inputs));
        graph.Node.Add(new NodeProto { OpType = "Identity", Name = "same", Input = { "input" }, Output = { "scores" } });
        var model = new OnnxModel(new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } } });
        model.Write(PathOf(name));
        return PathOf(name);
    }

    public void Dispose() => folder.Delete(recursive: true);

    static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => ((i % 7) - 3) / 10f)];

    static ValueInfoProto Value(string name, params long[] shape)
    {
        var proto = new TensorShapeProto();
        foreach (var length in shape)
        {
            proto.Dim.Add(length < 0 ? new TensorShapeProto.Types.Dimension { DimParam = "N" } : new TensorShapeProto.Types.Dimension { DimValue = length });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = proto } } };
    }
}
