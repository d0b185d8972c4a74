using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Surgery;
using CompressTasks.Training;
using Google.Protobuf;

namespace CompressTasks.Pipeline;

/// <summary>
/// Measures how the loss rises when one group alone is cut to a few depths, without training. Every point is saved, so that a measurement
/// that was stopped goes on after the last one.
/// </summary>
/// <param name="data">Labelled samples to measure on.</param>
/// <param name="folder">For the saved points.</param>
sealed class SensitivityMeasurement(DataSet data, int samples, int seed, OutputKind outputs, string folder)
{
    static readonly double[] Shares = [0.25, 0.5, 0.75, 0.9];

    public IProgress<ProgressEvent>? Progress { get; init; }

    /// <param name="scores">One per unit: which units of a group go.</param>
    /// <param name="means">What removed channels leave behind.</param>
    /// <param name="groups">Those that may be cut; null for all.</param>
    /// <returns>A curve for each group; null where it may not be cut or has one unit.</returns>
    public IReadOnlyList<SensitivityCurve?> Measure(
        CouplingGraph graph, double[] scores, IReadOnlyDictionary<string, float[]> means, IReadOnlySet<int>? groups, CancellationToken cancellation)
    {
        var known = new SensitivityPoints(folder, IdentityOf(graph, scores, means));
        float[]? before = null;
        var curves = new SensitivityCurve?[graph.Groups.Count];
        for (var group = 0; group < curves.Length; group++)
        {
            if (groups?.Contains(group) == false) continue;
            var units = graph.Groups[group].Units.OrderBy(unit => scores[unit]).ThenBy(unit => unit).ToArray();
            var points = new List<SensitivityPoint>();
            foreach (var count in Shares.Select(share => (int)Math.Round(share * units.Length)).Where(count => count > 0 && count < units.Length).Distinct())
            {
                points.Add(known.Of(string.Create(CultureInfo.InvariantCulture, $"{group}/{count}"), () =>
                {
                    before ??= Losses(graph.Model, cancellation);
                    var removed = new bool[graph.Units.Count];
                    foreach (var unit in units.AsSpan(0, count)) removed[unit] = true;
                    var (rise, error) = SampleLosses.Rise(before, Losses(ModelSurgery.Remove(graph, removed, means), cancellation));
                    return new SensitivityPoint((double)count / units.Length, rise, error);
                }));
            }

            if (points.Count > 0) curves[group] = new SensitivityCurve(points);
            Progress?.Report(new ProgressEvent("sensitivity", SensitivityPoints.Line(graph.Groups[group].Name, points), (group + 1.0) / curves.Length));
        }

        return curves;
    }

    float[] Losses(OnnxModel model, CancellationToken cancellation) => SampleLosses.Of(model, data, samples, seed, outputs, cancellation);

    /// <summary>Everything that decides the points.</summary>
    string IdentityOf(CouplingGraph graph, double[] scores, IReadOnlyDictionary<string, float[]> means)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var node in graph.Model.Graph.Node) hash.AppendData(node.ToByteArray());
        foreach (var (value, numbers) in means.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(value));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(numbers));
        }

        foreach (var tensor in graph.Model.Graph.Initializer) hash.AppendData(tensor.Bytes().Span);
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>(scores));
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{data.ContentHash} {samples} {seed} {outputs} {string.Join(' ', Shares)}")));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
