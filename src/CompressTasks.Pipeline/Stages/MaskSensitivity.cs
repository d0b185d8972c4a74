using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;
using Google.Protobuf;
using static TorchSharp.torch;

namespace CompressTasks.Pipeline;

/// <summary>Measures how the loss rises when the lowest weights of one layer alone are set to zero, to a few depths and without training.</summary>
/// <param name="data">Labelled samples to measure on.</param>
/// <param name="folder">For the saved points.</param>
/// <param name="criterion">What the scores are by, and the data that they are of: with model, samples and seed it decides them.</param>
sealed class MaskSensitivity(DataSet data, int samples, int seed, OutputKind outputs, string criterion, string folder)
{
    /// <summary>Single weights are missed much later than whole channels.</summary>
    static readonly double[] Shares = [0.5, 0.8, 0.9, 0.95, 0.98];

    public IProgress<ProgressEvent>? Progress { get; init; }

    /// <param name="module">Whose weights the scores are of; left as it was.</param>
    /// <param name="plan">What is pruned, and what goes as a whole; its distribution is of no matter here.</param>
    /// <param name="scores">By initializer; low ones go first.</param>
    /// <returns>A curve for each matrix of the plan.</returns>
    public IReadOnlyList<SensitivityCurve> Measure(GraphModule module, MaskPlan plan, IReadOnlyDictionary<string, Tensor> scores, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        var known = new SensitivityPoints(folder, IdentityOf(module.Model, plan));
        float[]? before = null;
        var curves = new List<SensitivityCurve>();
        foreach (var matrix in plan.Matrices)
        {
            var alone = plan with { Matrices = [matrix], Distribution = Distribution.Uniform };
            var weight = module.Weights[matrix.Name];
            var points = Shares.Select(share => known.Of(string.Create(CultureInfo.InvariantCulture, $"{matrix.Name}/{share}"), () =>
            {
                using var scope = NewDisposeScope();
                before ??= Losses(module, cancellation);
                using var masks = WeightMasks.Full(module, [matrix.Name]);
                alone.Select(scores, 1 - share, masks);
                var whole = weight.detach().clone();
                weight.mul_(masks.Masks[matrix.Name]);
                var (rise, error) = SampleLosses.Rise(before, Losses(module, cancellation));
                weight.copy_(whole);
                return new SensitivityPoint(1 - masks.Density, rise, error);
            })).Where(point => point.Share > 0).DistinctBy(point => point.Share).ToArray();
            curves.Add(new SensitivityCurve(points));
            Progress?.Report(new ProgressEvent("sensitivity", SensitivityPoints.Line(matrix.Name, points), (double)curves.Count / plan.Matrices.Count));
        }

        return curves;
    }

    float[] Losses(GraphModule module, CancellationToken cancellation) => SampleLosses.Of(module, data, samples, seed, outputs, cancellation);

    /// <summary>Everything that decides the points.</summary>
    string IdentityOf(OnnxModel model, MaskPlan plan)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var node in model.Graph.Node) hash.AppendData(node.ToByteArray());
        foreach (var tensor in model.Graph.Initializer) hash.AppendData(tensor.Bytes().Span);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{plan.Grain} {criterion} {data.ContentHash} {samples} {seed} {outputs} {string.Join(' ', Shares)}")));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
