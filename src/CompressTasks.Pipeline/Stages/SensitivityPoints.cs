using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Distributions;

namespace CompressTasks.Pipeline;

/// <summary>Measured points in a file, saved one by one, so that a measurement that was stopped goes on after the last one.</summary>
/// <param name="folder">For the file.</param>
/// <param name="identity">Everything that decides the points, as a hash.</param>
sealed class SensitivityPoints(string folder, string identity)
{
    readonly string file = Path.Combine(folder, $"sensitivity-{identity}.json");
    Dictionary<string, SensitivityPoint>? known;

    /// <summary>The point of this name, measured where it is not known yet.</summary>
    public SensitivityPoint Of(string name, Func<SensitivityPoint> measure)
    {
        known ??= File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, SensitivityPoint>>(File.ReadAllText(file))! : [];
        if (known.TryGetValue(name, out var point)) return point;
        known[name] = point = measure();
        FileReplacement.WriteText(file, JsonSerializer.Serialize(known));
        return point;
    }

    /// <summary>For people: what the points of one group or layer say.</summary>
    public static string Line(string name, IEnumerable<SensitivityPoint> points) => name + ": the loss rises by " + string.Join(
        ", ", points.Select(point => FormattableString.Invariant($"{point.Rise:0.0000} ± {point.StandardError:0.0000} without {point.Share:P0}")));
}
