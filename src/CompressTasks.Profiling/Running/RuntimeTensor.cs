namespace CompressTasks.Profiling;

/// <summary>Numbers in row-major order with their shape.</summary>
public sealed record RuntimeTensor(float[] Values, long[] Shape);
