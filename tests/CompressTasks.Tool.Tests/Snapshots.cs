using System.Text.RegularExpressions;
using Snapshooter.Xunit;

namespace CompressTasks.Tool.Tests;

/// <summary>Compares output with the file in __snapshots__, with what differs from run to run masked.</summary>
static partial class Snapshots
{
    /// <param name="text">Help, or JSON in which times, sizes in memory and folders are replaced.</param>
    public static void Match(string text) => Snapshot.Match(Folders().Replace(Measured().Replace(text, "$1<measured>"), "\"<folder>/$1\""));

    [GeneratedRegex("""("(?:medianMs|p90Ms|minMs|spreadMs|latencyMs|latencyRatio|latencyMinRatio|peakMemoryBytes|runs)": )[0-9.E+-]+""")]
    private static partial Regex Measured();

    [GeneratedRegex("""
        "[^"]*[\\/]([^"\\/]+\.onnx)"
        """)]
    private static partial Regex Folders();
}
