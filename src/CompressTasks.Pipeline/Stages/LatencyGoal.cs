using CompressTasks.Onnx;

namespace CompressTasks.Pipeline;

/// <summary>A latency budget while candidates are looked for.</summary>
/// <param name="Share">The limit as a share of the original's latency.</param>
/// <param name="Measure">A candidate's latency as a share of the original's, from interleaved runs.</param>
sealed record LatencyGoal(double Share, Func<OnnxModel, double> Measure)
{
    /// <summary>A candidate has to be this much faster than asked before it is trained, so that noise does not undo the work.</summary>
    public const double FastEnough = 0.95;

    /// <summary>Above this no noise explains that the deepest cut is too slow; below it the final measurement decides.</summary>
    public const double ClearlyTooSlow = 1.2;
}
