using CompressTasks.Onnx;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep;

/// <summary>A model in ONNX Runtime with its optimisations off: what every operator is compared with.</summary>
public sealed class RuntimeSession : IDisposable
{
    readonly InferenceSession session;
    readonly RunOptions run = new();
    readonly string[] outputs;

    RuntimeSession(InferenceSession session)
    {
        this.session = session;
        outputs = [.. session.OutputNames];
    }

    public static RuntimeSession Open(OnnxModel model)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
        return new RuntimeSession(new InferenceSession(model.Proto.ToByteArray(), options));
    }

    /// <summary>Null where the runtime has no kernel for the element types, or the operator does not take them.</summary>
    public static RuntimeSession? OpenIfSupported(OnnxModel model)
    {
        try
        {
            return Open(model);
        }
        catch (OnnxRuntimeException exception) when (IsAboutTypes(exception.Message))
        {
            return null;
        }
    }

    /// <summary>How the runtime says that a type does not suit it: on loading, or only when a kernel meets it.</summary>
    static readonly string[] TypeComplaints = ["NotImplemented", "Type Error", "does not support", "not supported", "IsPrimitiveDataType"];

    static bool IsAboutTypes(string message) => TypeComplaints.Any(complaint => message.Contains(complaint, StringComparison.Ordinal));

    /// <summary>Null where a kernel finds only now that it does not take the element types.</summary>
    public IReadOnlyList<SweepTensor>? RunIfSupported(IReadOnlyList<SweepTensor> feeds)
    {
        try
        {
            return Run(feeds);
        }
        catch (OnnxRuntimeException exception) when (IsAboutTypes(exception.Message))
        {
            return null;
        }
    }

    public IReadOnlyList<SweepTensor> Run(IReadOnlyList<SweepTensor> feeds)
    {
        var values = feeds.Select(Feed).ToList();
        try
        {
            using var results = session.Run(run, [.. feeds.Select(feed => feed.Name)], values, outputs);
            return [.. results.Select((result, i) => Read(outputs[i], result))];
        }
        finally
        {
            foreach (var value in values) value.Dispose();
        }
    }

    static OrtValue Feed(SweepTensor tensor)
    {
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)(int)tensor.Type, tensor.Shape);
        if (tensor.Values.Length > 0) tensor.Bytes().CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    static SweepTensor Read(string name, OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        var type = (DataType)(int)info.ElementDataType;
        var raw = info.Shape.Contains(0) ? [] : value.GetTensorMutableRawData();
        return new SweepTensor(name, type, info.Shape, SweepTensor.Unpacked(type, raw));
    }

    public void Dispose()
    {
        run.Dispose();
        session.Dispose();
    }
}
