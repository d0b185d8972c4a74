using Microsoft.ML.OnnxRuntime;

namespace CompressTasks.Profiling;

/// <summary>How a model is run.</summary>
public sealed record SessionSettings
{
    /// <summary>Threads that one operator may use; 0 lets ONNX Runtime take one per core.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The execution provider; only <c>cpu</c> is part of the ONNX Runtime that CompressTasks uses.</summary>
    public string Provider { get; init; } = "cpu";

    public GraphOptimizationLevel Optimization { get; init; } = GraphOptimizationLevel.ORT_ENABLE_ALL;

    /// <summary>Path and first part of the name of a trace that ONNX Runtime writes; null for none.</summary>
    internal string? TracePrefix { get; init; }
}
