using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training;

/// <summary>A whole graph with one input in ONNX Runtime, on the CPU and without gradients: its outputs, or any values inside.</summary>
sealed class RuntimeGraph : IDisposable
{
    readonly OnnxModel model;
    readonly InferenceSession session;
    readonly ValueInfoProto input;
    readonly NormalizationStatistics statistics = new();

    /// <param name="outputs">Names of values.</param>
    /// <exception cref="ModelException">CMP0003 for a value that the graph does not have; CMP0007 where ONNX Runtime does not take the model.</exception>
    public RuntimeGraph(OnnxModel model, IReadOnlyList<string> outputs)
    {
        this.model = model;
        Outputs = outputs;
        input = InputShapes.Required(model)[0];
        var index = new GraphIndex(model.Graph);
        if (outputs.FirstOrDefault(name => index.Producer(name) is null) is { } unknown) throw new ModelException(ModelException.InvalidGraph, $"The graph has no value '{unknown}'.", model.Path);
        RuntimeLibrary.EnsureLoaded();
        using var options = new SessionOptions { IntraOpNumThreads = get_num_threads(), InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            session = new InferenceSession(WithOutputs(model, outputs).ToByteArray(), options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelException(ModelException.UnsupportedOperator, $"ONNX Runtime does not take the model: {exception.Message}", model.Path, innerException: exception);
        }
    }

    public IReadOnlyList<string> Outputs { get; }

    /// <summary>False for models that are exported for a batch of a fixed size, and for those above protobuf's limit.</summary>
    public static bool Takes(OnnxModel model) =>
        InputShapes.Required(model) is [{ Type.TensorType.Shape.Dim: [{ HasDimValue: false }, ..] }] && model.SizeInBytes < int.MaxValue;

    /// <param name="inputs">[n, ...] on the CPU.</param>
    /// <returns>The outputs, in the caller's dispose scope.</returns>
    /// <exception cref="TrainingException">CMP0403 when rank or lengths are not those of the model's input.</exception>
    public IReadOnlyList<Tensor> Run(Tensor inputs)
    {
        InputCheck.Check(input, inputs, model.Path);
        using var given = RuntimeTensors.ToRuntime(inputs, (DataType)input.Type.TensorType.ElemType);
        using var options = new RunOptions();
        using var context = new RunContext(CPU, false, statistics, default);
        try
        {
            return [.. session.Run(options, [input.Name], [given], Outputs).Select(output => TensorOf(RuntimeTensors.FromRuntime(output, context)))];
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelException(ModelException.Shape, $"ONNX Runtime cannot run the model: {exception.Message}", model.Path, innerException: exception);
        }
    }

    public void Dispose() => session.Dispose();

    Tensor TensorOf(Value value) => value.Tensor ?? value.Integers?.ToTensor(CPU) ?? throw new ModelException(ModelException.UnsupportedOperator, "A value of the model that is asked for holds no numbers.", model.Path);

    /// <summary>The same graph with other outputs; weights are shared.</summary>
    static ModelProto WithOutputs(OnnxModel model, IReadOnlyList<string> outputs)
    {
        var proto = model.Proto.Clone();
        var declared = proto.Graph.Output.ToDictionary(output => output.Name, StringComparer.Ordinal);
        proto.Graph.Output.Clear();
        proto.Graph.Output.AddRange(outputs.Distinct().Select(name => declared.GetValueOrDefault(name) ?? new ValueInfoProto { Name = name }));
        return proto;
    }
}
