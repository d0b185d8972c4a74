using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace CompressTasks.Profiling;

/// <summary>A session with its random inputs, ready to be timed.</summary>
sealed class TimedModel : IDisposable
{
    readonly ModelSource model;
    readonly InferenceSession session;
    readonly RandomInputs? inputs;
    readonly RunOptions runOptions = new();

    public TimedModel(ModelSource model, LatencyOptions options, SessionSettings? settings = null)
    {
        this.model = model;
        session = RuntimeSession.Open(model, settings ?? options.Session);
        try
        {
            inputs = RandomInputs.Create(session, model, options.Shapes, options.Seed);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>One run, in milliseconds; freeing its outputs is not part of it.</summary>
    public double RunMs() => RuntimeSession.Translated(model, () =>
    {
        var start = Stopwatch.GetTimestamp();
        var outputs = session.Run(runOptions, inputs!.Names, inputs.Values, session.OutputNames);
        var elapsed = Stopwatch.GetElapsedTime(start);
        outputs.Dispose();
        return elapsed.TotalMilliseconds;
    });

    /// <returns>The file that the trace of all runs was written to.</returns>
    public string EndTrace() => session.EndProfiling();

    public void Dispose()
    {
        runOptions.Dispose();
        inputs?.Dispose();
        session.Dispose();
    }
}
