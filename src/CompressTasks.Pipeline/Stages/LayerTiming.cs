using System.Globalization;
using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Profiling;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Planning;
using ElementType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Pipeline;

/// <summary>
/// Measures each layer alone in ONNX Runtime at a few widths. Layers of equal shape are measured once, and every measurement is kept in the
/// cache folder for the next run.
/// </summary>
/// <param name="step">Widths are multiples of this.</param>
sealed class LayerTiming(LatencyOptions options, int step, string folder)
{
    /// <summary>Widths of an axis that are measured, the full one included.</summary>
    const int Widths = 4;

    static readonly TimeSpan TimePerMeasurement = TimeSpan.FromSeconds(0.1);

    public IProgress<ProgressEvent>? Progress { get; init; }

    public IReadOnlyList<LayerLatency> Measure(CouplingGraph graph, CancellationToken cancellation)
    {
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"layer-times-{CacheKey.DeviceClass.Replace(' ', '-')}-{options.Threads}.json"));
        var known = File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(file))! : [];
        var layers = TimedLayer.Of(graph);
        var result = new List<LayerLatency>();
        for (var i = 0; i < layers.Count; i++)
        {
            var layer = layers[i];
            if (LayerModel.Of(layer, graph) is not { } model) continue;
            int[] inputs = layer.Inputs is { } widest ? WidthsUpTo(widest) : [0], outputs = layer.Outputs is { } all ? WidthsUpTo(all) : [0];
            var before = known.Count;
            double[][] times = [.. inputs.Select(input => outputs.Select(output => Time(model, input, output, known, cancellation)).ToArray())];
            if (known.Count > before) Save(file, known);
            result.Add(new LayerLatency(layer.Node.Output[0], inputs, outputs, times));
            Progress?.Report(new ProgressEvent("timing", $"{layer.Node.DisplayName()} takes {Quantity.Milliseconds(times[^1][^1])}, {Quantity.Milliseconds(times[0][0])} at its narrowest", (i + 1.0) / layers.Count));
        }

        return result;
    }

    double Time(LayerModel model, int input, int output, Dictionary<string, double> known, CancellationToken cancellation)
    {
        var key = model.KeyAt(input, output);
        if (known.TryGetValue(key, out var time)) return time;
        // Of a busy machine's runs the fastest is the steadiest; only differences between widths matter here.
        var latency = LatencyProfiler.Measure(ModelSource.FromModel(model.At(input, output)), options with { TimeBudget = TimePerMeasurement, Shapes = null }, cancellation);
        return known[key] = latency.MinMs;
    }

    int[] WidthsUpTo(int widest)
    {
        var multiple = Math.Max(1, step);
        return [.. Enumerable.Range(1, Widths)
            .Select(part => part == Widths ? widest : Math.Max(multiple, (int)Math.Round((double)widest * part / Widths / multiple) * multiple))
            .Where(width => width <= widest)
            .Distinct()];
    }

    static void Save(string file, Dictionary<string, double> known) => FileReplacement.WriteText(file, JsonSerializer.Serialize(known));
}

/// <summary>One node as a model of its own, at any width.</summary>
sealed class LayerModel
{
    readonly TimedLayer layer;
    readonly int opset;
    readonly long[] input, weight;
    readonly int inputAxis, weightInputs, weightOutputs;
    readonly bool hasBias;

    LayerModel(TimedLayer layer, int opset, long[] input, long[] weight, int inputAxis, int weightInputs, int weightOutputs)
    {
        (this.layer, this.opset, this.input, this.weight) = (layer, opset, input, weight);
        (this.inputAxis, this.weightInputs, this.weightOutputs) = (inputAxis, weightInputs, weightOutputs);
        hasBias = layer.Node.OpType != "MatMul" && layer.Node.InputOrNull(2) is not null;
    }

    /// <returns>Null where the node's numbers are not float32 or it reads a transposed input.</returns>
    public static LayerModel? Of(TimedLayer layer, CouplingGraph graph)
    {
        var node = layer.Node;
        if (graph.Shapes.ElementType(node.Input[0]) != ElementType.Float || node.Int("transA", 0) == 1) return null;
        if (!graph.Shapes.TryGetKnown(node.Input[0], out var input) || !graph.Shapes.TryGetKnown(node.Input[1], out var weight)) return null;
        return node.OpType switch
        {
            "Conv" => new(layer, graph.Model.Opset, input, weight, 1, 1, 0),
            "Gemm" when node.Int("transB", 0) == 1 => new(layer, graph.Model.Opset, input, weight, input.Length - 1, 1, 0),
            _ => new(layer, graph.Model.Opset, input, weight, input.Length - 1, 0, 1),
        };
    }

    /// <param name="inputs">0 for what it is.</param>
    /// <param name="outputs">The same.</param>
    public string KeyAt(int inputs, int outputs)
    {
        var (x, w) = ShapesAt(inputs, outputs);
        var attributes = string.Join(' ', layer.Node.Attribute.Where(attribute => attribute.Name != "group").OrderBy(attribute => attribute.Name, StringComparer.Ordinal).Select(attribute => attribute.ToString()));
        return $"{layer.Node.OpType} {(layer.IsDepthwise ? "depthwise " : "")}{string.Join('x', x)} {string.Join('x', w)}{(hasBias ? " bias" : "")} {attributes}";
    }

    public OnnxModel At(int inputs, int outputs)
    {
        var (x, w) = ShapesAt(inputs, outputs);
        var graph = new GraphProto { Name = "layer" };
        var node = layer.Node.Clone();
        node.Input.Clear();
        node.Input.AddRange(["x", "w"]);
        node.Output.Clear();
        node.Output.Add("y");
        if (layer.IsDepthwise) node.Set("group", w[weightOutputs]);
        graph.Initializer.Add(Values("w", w));
        if (hasBias)
        {
            node.Input.Add("b");
            graph.Initializer.Add(Values("b", [w[weightOutputs]]));
        }

        graph.Node.Add(node);
        graph.Input.Add(Described("x", x));
        graph.Output.Add(new ValueInfoProto { Name = "y", Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)ElementType.Float } } });
        var proto = new ModelProto { IrVersion = 8, Graph = graph };
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        return new OnnxModel(proto);
    }

    (long[] Input, long[] Weight) ShapesAt(int inputs, int outputs)
    {
        var (x, w) = ((long[])input.Clone(), (long[])weight.Clone());
        if (inputs > 0) (x[inputAxis], w[weightInputs]) = (inputs, inputs);
        if (outputs > 0) w[weightOutputs] = outputs;
        if (outputs > 0 && layer.IsDepthwise) x[inputAxis] = outputs;
        return (x, w);
    }

    static TensorProto Values(string name, long[] shape)
    {
        var random = new Random(1);
        var values = new float[shape.Aggregate(1L, (product, length) => product * length)];
        for (var i = 0; i < values.Length; i++) values[i] = random.NextSingle() - 0.5f;
        return TensorData.FromFloats(name, shape, values);
    }

    static ValueInfoProto Described(string name, long[] shape)
    {
        var type = new TypeProto.Types.Tensor { ElemType = (int)ElementType.Float, Shape = new TensorShapeProto() };
        foreach (var length in shape) type.Shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = length });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
