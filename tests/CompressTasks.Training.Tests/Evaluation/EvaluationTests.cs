using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests;

public class EvaluationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(100)]
    public void Accuracy_counts_exactly_whatever_the_batch_size(int batchSize)
    {
        // The samples are the outputs: the right class is first, second, sixth, first and last of seven.
        var outputs = tensor(new float[,] { { 9, 1, 2, 3, 4, 5, 6 }, { 9, 1, 2, 3, 4, 5, 6 }, { 9, 1, 2, 3, 4, 5, 6 }, { 0, 0, 0, 0, 0, 0, 1 }, { 9, 1, 2, 3, 4, 5, 6 } });
        using var data = DataSets.FromTensors("made", outputs, tensor(new long[] { 0, 6, 2, 6, 1 }));
        using var identity = nn.Sequential(nn.Identity());
        identity.train();
        var result = Evaluation.Measure(identity, data, batchSize);
        Assert.Equal((0.4, 5, 3 / 5.0), (result.Value, result.Samples, result.TopFive));
        Assert.Equal(Math.Sqrt(0.4 * 0.6 / 5), result.StandardError, 12);
        Assert.True(identity.training);
    }

    [Fact]
    public void Top_five_is_left_out_below_six_classes()
    {
        using var data = DataSets.FromTensors("made", eye(3), arange(3));
        using var identity = nn.Sequential(nn.Identity());
        var result = Evaluation.Measure(identity, data);
        Assert.Equal((1.0, 0.0, (double?)null), (result.Value, result.StandardError, result.TopFive));
    }

    [Fact]
    public void Mean_squared_error_is_over_samples_and_outputs()
    {
        using var data = DataSets.FromTensors("made", tensor(new float[,] { { 1, 2 }, { 3, 4 } }), tensor(new float[,] { { 1, 4 }, { 3, 4 } }));
        using var identity = nn.Sequential(nn.Identity());
        var result = Evaluation.Measure(identity, data, batchSize: 1);
        Assert.Equal((Metric.MeanSquaredError, 1.0), (result.Metric, result.Value));
        // Per sample 2 and 0: deviation 1 over the square root of 2.
        Assert.Equal(1 / Math.Sqrt(2), result.StandardError, 6);
        Assert.True(result.IsBetterThan(1.5));
        Assert.True(result.IsBetterThan(double.NaN));
        Assert.False((result with { Value = double.NaN }).IsBetterThan(double.NaN));
        Assert.False((result with { Value = double.NaN }).IsBetterThan(1.5));
    }

    [Fact]
    public void Inference_mode_is_used_and_no_statistics_change()
    {
        using var norm = nn.Sequential(nn.BatchNorm1d(3));
        norm.train();
        using var data = DataSets.FromTensors("made", eye(3).mul(5), arange(3));
        var before = norm.named_buffers().Select(named => named.buffer.clone()).ToArray();
        Evaluation.Measure(norm, data);
        Assert.All(before.Zip(norm.named_buffers()), pair => Assert.True(pair.First.Equals(pair.Second.buffer)));
        Assert.True(norm.training);
    }

    [Fact]
    public void Labels_outside_the_outputs_and_outputs_per_pixel_are_refused()
    {
        using var identity = nn.Sequential(nn.Identity());
        using var tooHigh = DataSets.FromTensors("made", eye(3), tensor(new long[] { 0, 1, 3 }));
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => Evaluation.Measure(identity, tooHigh)).Code);
        using var perPixel = DataSets.FromTensors("made", zeros(2, 3, 4, 4), arange(2));
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => Evaluation.Measure(identity, perPixel)).Code);
    }

    [Fact]
    public void Cancellation_stops_between_batches()
    {
        using var identity = nn.Sequential(nn.Identity());
        using var data = DataSets.FromTensors("made", eye(3), arange(3));
        Assert.ThrowsAny<OperationCanceledException>(() => Evaluation.Measure(identity, data, cancellation: new CancellationToken(canceled: true)));
    }
}
