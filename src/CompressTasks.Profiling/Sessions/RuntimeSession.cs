using CompressTasks.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace CompressTasks.Profiling;

/// <summary>The one place that makes ONNX Runtime sessions and translates ONNX Runtime's errors.</summary>
static class RuntimeSession
{
    /// <exception cref="ProfilingException">CMP0303 the model does not load; CMP0304 unknown provider; CMP0305 no native library.</exception>
    public static InferenceSession Open(ModelSource model, SessionSettings settings)
    {
        if (!settings.Provider.Equals("cpu", StringComparison.OrdinalIgnoreCase))
        {
            throw new ProfilingException(
                ProfilingException.ProviderNotAvailable,
                $"The execution provider '{settings.Provider}' is not available: this ONNX Runtime has the CPU provider only.",
                hint: "Use Provider=\"cpu\", or leave it out.");
        }

        NativeRuntime.EnsureLoaded();
        return Translated(model, () =>
        {
            using var options = Options(settings);
            return model.Path is { } path ? new InferenceSession(path, options) : new InferenceSession(model.Bytes!, options);
        });
    }

    /// <summary>Runs <paramref name="call"/> and turns ONNX Runtime's exceptions into CMP0303 with ONNX Runtime's own message.</summary>
    public static T Translated<T>(ModelSource model, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ProfilingException(
                ProfilingException.ModelNotRunnable,
                $"ONNX Runtime {NativeRuntime.Version} cannot load or run '{model.Name}': {exception.Message}",
                model.Path,
                "ONNX Runtime's message says which node or input it stumbles over; a model with dynamic axes may need the right shapes.",
                exception);
        }
    }

    static SessionOptions Options(SessionSettings settings)
    {
        var options = new SessionOptions
        {
            IntraOpNumThreads = settings.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = settings.Optimization,
            // Every error is thrown as well, so a log on stderr would only say it twice.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        // Waiting threads that spin take a core from whatever else the machine does.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        if (settings.TracePrefix is { } prefix)
        {
            // In this order: switching the trace on takes over the prefix that is set at that moment.
            options.ProfileOutputPathPrefix = prefix;
            options.EnableProfiling = true;
        }

        return options;
    }
}
