using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;

namespace CompressTasks.Training;

/// <summary>ONNX Runtime's native library in this process, for the nodes that libtorch has no kernel for.</summary>
static class RuntimeLibrary
{
    static readonly Lock Gate = new();
    static bool loaded;

    /// <exception cref="TrainingException">CMP0305 when it does not load.</exception>
    public static void EnsureLoaded()
    {
        lock (Gate)
        {
            if (loaded) return;
            try
            {
                CreateEnvironment();
            }
            catch (Exception exception)
                when (exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
            {
                throw new TrainingException(
                    TrainingException.RuntimeNotLoadable,
                    $"ONNX Runtime's native library does not load on this machine: {exception.GetBaseException().Message}",
                    hint: "See docs/errors/CMP0305.md for what it needs of the system.",
                    innerException: exception);
            }

            loaded = true;
        }
    }

    // Apart, so that a failing type initializer surfaces in the try block above and not while EnsureLoaded is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void CreateEnvironment()
    {
        if (OrtEnv.IsCreated) return;
        var options = new EnvironmentCreationOptions { logId = "CompressTasks", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        OrtEnv.CreateInstanceWithOptions(ref options);
        OrtEnv.Instance().DisableTelemetryEvents();
    }
}
