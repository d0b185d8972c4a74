using CompressTasks.Onnx;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pruning.Students;

/// <summary>Students that spend the same budget in different ways: deep and narrow, shallow and wide, narrow early, late or where little is lost.</summary>
public static class StudentProposals
{
    /// <summary>Shares of the blocks that may go, in the order in which they are proposed.</summary>
    static readonly double[] Depths = [0, 0.5, 1, 0.25, 0.75];

    /// <summary>Slight tilts first: most networks do best near even widths. Null lets all units compete.</summary>
    static readonly double?[] Tilts = [0, null, 0.5, -0.5, 1, -1, 1.5, -1.5];

    /// <summary>The first so many of different shape; fewer where the network has not so many.</summary>
    /// <param name="inherits">Whether some of them inherit weights, so that it matters what those are worth.</param>
    /// <param name="accepts">A further condition that is dear to test, such as a measured latency; null for none.</param>
    public static IReadOnlyList<StudentShape> Of(StudentFamily family, int count, bool inherits, CostLimits limits, Func<OnnxModel, bool>? accepts, CancellationToken cancellation)
    {
        var most = family.MostBlocks(limits, accepts);
        var (proposals, seen, tried) = (new List<StudentShape>(), new HashSet<string>(StringComparer.Ordinal), new HashSet<(int, double?)>());
        // Diagonal by diagonal, so that the first few differ in both ways.
        for (var sum = 0; sum < Depths.Length + Tilts.Length - 1; sum++)
        {
            for (var tilt = Math.Max(0, sum - Depths.Length + 1); tilt <= Math.Min(sum, Tilts.Length - 1); tilt++)
            {
                if (proposals.Count == count) return proposals;
                cancellation.ThrowIfCancellationRequested();
                var gone = (int)Math.Round(Depths[sum - tilt] * most, MidpointRounding.AwayFromZero);
                if ((Tilts[tilt] is null && !inherits) || !tried.Add((gone, Tilts[tilt]))) continue;
                if (family.Find(gone, Tilts[tilt], limits, accepts) is { } shape && seen.Add(shape.Signature)) proposals.Add(shape);
            }
        }

        return proposals;
    }
}
