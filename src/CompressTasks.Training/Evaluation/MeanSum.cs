using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>The mean of one number per sample, and its standard error.</summary>
sealed class MeanSum
{
    double sum, sumOfSquares;
    long count;

    /// <param name="values">float64 [n].</param>
    public void Add(Tensor values)
    {
        count += values.shape[0];
        sum += values.sum().item<double>();
        sumOfSquares += values.square().sum().item<double>();
    }

    /// <summary>The same number for several samples.</summary>
    public void Add(double value, int times)
    {
        count += times;
        sum += value * times;
        sumOfSquares += value * value * times;
    }

    /// <summary>The mean, and the deviation over samples / sqrt(n).</summary>
    public (double Value, double StandardError) Result()
    {
        var mean = sum / count;
        return (mean, Math.Sqrt(Math.Max(0, (sumOfSquares / count) - (mean * mean)) / count));
    }
}
