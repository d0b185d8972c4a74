using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// The mean over c of sum(a_c) / sum(b_c), where the sums are over samples: F1, intersection over union, shares. Its standard error is that of its linear
/// approximation in the sums (delta method; Cochran, "Sampling Techniques", 1977, section 2.11), for which sums of products are enough.
/// </summary>
sealed class RatioSums : IDisposable
{
    Tensor? sums, products;
    long ratios;

    /// <param name="numerators">[n, ratios].</param>
    /// <param name="denominators">[n, ratios], 0 or more.</param>
    public void Add(Tensor numerators, Tensor denominators)
    {
        ratios = numerators.shape[1];
        var both = cat([numerators, denominators], 1).to(ScalarType.Float64);
        sums ??= zeros(2 * ratios, ScalarType.Float64, both.device).DetachFromDisposeScope();
        products ??= zeros(2 * ratios, 2 * ratios, ScalarType.Float64, both.device).DetachFromDisposeScope();
        sums.add_(both.sum([0L]));
        products.add_(both.t().mm(both));
    }

    /// <summary>Ratios over nothing are left out of the mean; (1, 0) where all are, since there was nothing to miss.</summary>
    public (double Value, double StandardError) Result()
    {
        using var scope = NewDisposeScope();
        var (numerators, denominators) = (sums!.narrow(0, 0, ratios), sums.narrow(0, ratios, ratios));
        var counted = denominators.gt(0).to(ScalarType.Float64);
        var count = counted.sum().item<double>();
        if (count == 0) return (1, 0);
        // Where nothing is counted anything but 0 will do.
        var filled = denominators.add(1 - counted);
        var shares = numerators.div(filled).mul(counted);
        var weights = counted.div(filled).div(count);
        var gradient = cat([weights, weights.mul(shares).neg()]);
        var variance = gradient.dot(products!.mv(gradient)).item<double>();
        return (shares.sum().item<double>() / count, Math.Sqrt(Math.Max(0, variance)));
    }

    public void Dispose()
    {
        sums?.Dispose();
        products?.Dispose();
    }
}
