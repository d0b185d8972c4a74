using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;

namespace CompressTasks.Profiling;

/// <summary>ONNX Runtime's native library in this process.</summary>
public static class NativeRuntime
{
    static readonly Lock Gate = new();
    static bool loaded;

    /// <summary>The version of the native library; loads it.</summary>
    /// <exception cref="ProfilingException">CMP0305 when it does not load.</exception>
    public static string Version
    {
        get
        {
            EnsureLoaded();
            return OrtEnv.Instance().GetVersionString();
        }
    }

    /// <summary>The execution providers that the native library was built with, such as <c>CPUExecutionProvider</c>.</summary>
    public static IReadOnlyList<string> Providers
    {
        get
        {
            EnsureLoaded();
            return OrtEnv.Instance().GetAvailableProviders();
        }
    }

    /// <summary>Loads the library once for the process, silent on stderr; later calls return at once.</summary>
    /// <exception cref="ProfilingException">CMP0305 when it does not load.</exception>
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
                throw new ProfilingException(
                    ProfilingException.RuntimeNotLoadable,
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
