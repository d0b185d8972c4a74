using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CompressTasks.Profiling;

/// <summary>
/// Runs a model in ONNX Runtime over batches of data: the reference that written models are verified and evaluated with. One
/// instance is for one thread at a time.
/// </summary>
public sealed class ModelRunner : IDisposable
{
    readonly ModelSource model;
    readonly InferenceSession session;
    readonly RunOptions runOptions = new();

    /// <exception cref="ProfilingException">CMP0303 when the model does not load.</exception>
    public ModelRunner(ModelSource model, SessionSettings? settings = null)
    {
        this.model = model;
        session = RuntimeSession.Open(model, settings ?? new SessionSettings());
        Inputs = [.. session.InputNames.Select(name => ModelInput.From(name, session.InputMetadata[name]))];
        Outputs = [.. session.OutputNames.Select(name => ModelInput.From(name, session.OutputMetadata[name]))];
    }

    public IReadOnlyList<ModelInput> Inputs { get; }

    public IReadOnlyList<ModelInput> Outputs { get; }

    /// <summary>The number of samples that the first input wants in every run; null where the axis is dynamic.</summary>
    public int? FixedBatch => Inputs[0].Shape is [> 0 and var batch, ..] ? (int)batch : null;

    /// <summary>
    /// Runs a one-input model on <paramref name="input"/> (axis 0 counts samples) and returns its first output. Where the model fixes
    /// the batch, the samples are run in pieces of that size, the last one filled up with zeros whose results are left out.
    /// </summary>
    /// <exception cref="ProfilingException">CMP0303 when the run fails; CMP0308 when the shape does not fit the model's input.</exception>
    public RuntimeTensor Run(RuntimeTensor input)
    {
        if (Inputs.Count != 1)
        {
            throw new ProfilingException(
                ProfilingException.InputShape,
                $"'{model.Name}' has {Inputs.Count} inputs, and the data fills one.",
                model.Path);
        }

        return FixedBatch is { } batch && batch != input.Shape[0] ? RunInPieces(input, batch) : RunOnce([input])[0];
    }

    /// <summary>
    /// Runs the model on one tensor for each input, in the order of <see cref="Inputs"/>, and returns all floating point outputs (others
    /// are converted).
    /// </summary>
    /// <exception cref="ProfilingException">CMP0303 when the run fails; CMP0308 when a shape does not fit its input.</exception>
    public IReadOnlyList<RuntimeTensor> RunOnce(IReadOnlyList<RuntimeTensor> inputs)
    {
        var values = new List<OrtValue>(inputs.Count);
        try
        {
            for (var i = 0; i < Inputs.Count; i++)
            {
                var shape = Inputs[i].Concrete(new Dictionary<string, long[]> { [Inputs[i].Name] = inputs[i].Shape });
                values.Add(TensorConversion.ToRuntime(inputs[i].Values, shape, Inputs[i].ElementType));
            }

            using var outputs = RuntimeSession.Translated(model, () => session.Run(runOptions, session.InputNames, values, session.OutputNames));
            return [.. outputs.Select(TensorConversion.FromRuntime)];
        }
        finally
        {
            foreach (var value in values) value.Dispose();
        }
    }

    public void Dispose()
    {
        runOptions.Dispose();
        session.Dispose();
    }

    RuntimeTensor RunInPieces(RuntimeTensor input, int batch)
    {
        var samples = (int)input.Shape[0];
        var sampleLength = (int)TensorPrimitives.Product<long>(input.Shape.AsSpan(1));
        long[] pieceShape = [batch, .. input.Shape[1..]];
        var piece = new float[batch * sampleLength];
        float[]? result = null;
        long[] resultShape = [];
        for (var start = 0; start < samples; start += batch)
        {
            var count = Math.Min(batch, samples - start);
            input.Values.AsSpan(start * sampleLength, count * sampleLength).CopyTo(piece);
            piece.AsSpan(count * sampleLength).Clear();
            var output = RunOnce([new RuntimeTensor(piece, pieceShape)])[0];
            var outputLength = output.Values.Length / batch;
            result ??= new float[samples * outputLength];
            resultShape = [samples, .. output.Shape[1..]];
            output.Values.AsSpan(0, count * outputLength).CopyTo(result.AsSpan(start * outputLength));
        }

        return new RuntimeTensor(result ?? [], resultShape);
    }
}
