using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests;

/// <summary>Metrics by hand: the samples are the outputs, and whatever the batch size is the counts are the same.</summary>
public class MetricTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void Classes_have_precision_recall_F1_and_a_table_of_confusions(int batchSize)
    {
        // Answers 0 0 1 1 2 for classes 0 1 1 1 0; class 3 never occurs.
        using var data = DataSets.FromTensors("made", OneHot([0, 0, 1, 1, 2], 4), tensor(new long[] { 0, 1, 1, 1, 0 }));
        var details = Details(data, batchSize);
        Assert.Equal((Metric.Accuracy, 0.6), (details.Result.Metric, details.Result.Value));
        Assert.Equal(new long[,] { { 1, 0, 1, 0 }, { 1, 2, 0, 0 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } }, details.Confusion);
        Assert.Equal([0.5, 1, 0, 0], details.Classes.Select(one => one.Precision));
        Assert.Equal([0.5, 2 / 3.0, 0, 0], details.Classes.Select(one => one.Recall));
        Assert.Equal([0.5, 0.8, 0, 0], details.Classes.Select(one => one.F1));
        Assert.Equal([2, 3, 0, 0], details.Classes.Select(one => one.Samples));
        // Class 2 was answered, so it counts; class 3 was not.
        Assert.Equal(new MetricValue(Metric.MacroF1, (0.5 + 0.8 + 0) / 3), Assert.Single(details.Others));
    }

    [Theory]
    [InlineData(1, OutputKind.Values)]
    [InlineData(100, OutputKind.IndependentProbabilities)]
    public void Several_labels_have_micro_and_macro_F1(int batchSize, OutputKind kind)
    {
        int[,] labels = { { 1, 0, 1 }, { 1, 1, 0 }, { 0, 0, 0 }, { 1, 0, 0 } };
        using var outputs = tensor(new[,] { { 1f, -1, 2 }, { -1, 3, 1 }, { -2, -2, -2 }, { 1, -1, -1 } });
        using var data = DataSets.FromTensors("made", kind == OutputKind.Values ? outputs : outputs.sigmoid(), tensor(labels));
        var details = Details(data, batchSize, kind);
        // TP 2 1 1, answers 2 1 2, samples 3 1 1.
        Assert.Equal((Metric.F1, 2 * 4 / 10.0), (details.Result.Metric, details.Result.Value));
        Assert.Equal([2 * 2 / 5.0, 1, 2 * 1 / 3.0], details.Classes.Select(one => one.F1));
        Assert.Equal(0.5, details.Others.Single(other => other.Metric == Metric.ExactMatch).Value - 0.25);
        Assert.Equal((0.8 + 1 + (2 / 3.0)) / 3, details.Others.Single(other => other.Metric == Metric.MacroF1).Value, 12);
        // By sample 2 * TP and answers + labels are 4 4, 2 4, 0 0, 2 2, and the ratio is 0.8.
        double[] influence = [4 - (0.8 * 4), 2 - (0.8 * 4), 0, 2 - (0.8 * 2)];
        Assert.Equal(Math.Sqrt(influence.Sum(one => one * one)) / 10, details.Result.StandardError, 9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Pixels_have_a_mean_intersection_over_union(int batchSize)
    {
        using var masks = tensor(new long[] { 0, 0, 1, 1, 0, 0, 0, 1 }).reshape(2, 2, 2);
        using var data = DataSets.FromTensors("made", OneHot([0, 1, 1, 1, 0, 0, 2, 1], 4).reshape(2, 2, 2, 4).permute(0, 3, 1, 2).contiguous(), masks);
        var details = Details(data, batchSize);
        // Class 0: 3 of 5; class 1: 3 of 4; class 2: 0 of 1; class 3 does not occur.
        Assert.Equal(Metric.MeanIntersectionOverUnion, details.Result.Metric);
        Assert.Equal(((3 / 5.0) + (3 / 4.0) + 0) / 3, details.Result.Value, 12);
        Assert.Equal([0.6, 0.75, 0, 0], details.Classes.Select(one => one.IntersectionOverUnion));
        var pixels = Assert.Single(details.Others);
        Assert.Equal((Metric.PixelAccuracy, 0.75, 0.0), (pixels.Metric, pixels.Value, pixels.StandardError));
        Assert.Equal(new long[,] { { 3, 1, 1, 0 }, { 0, 3, 0, 0 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } }, details.Confusion);
        // Intersections and unions by sample: (1 2), (2 3), (0 0) and (2 3), (1 1), (0 1).
        double Influence((double Part, double Whole)[] counts) =>
            (((counts[0].Part - (0.6 * counts[0].Whole)) / 5) + ((counts[1].Part - (0.75 * counts[1].Whole)) / 4) + (counts[2].Part - (0 * counts[2].Whole))) / 3;
        var error = Math.Sqrt(Math.Pow(Influence([(1, 2), (2, 3), (0, 0)]), 2) + Math.Pow(Influence([(2, 3), (1, 1), (0, 1)]), 2));
        Assert.Equal(error, details.Result.StandardError, 9);
    }

    [Fact]
    public void One_output_per_pixel_is_class_1_above_one_half()
    {
        using var masks = tensor(new long[] { 0, 1, 1, 0 }).reshape(2, 1, 2);
        using var data = DataSets.FromTensors("made", tensor(new[] { -1f, 2f, 0.5f, 3f }).reshape(2, 1, 1, 2), masks);
        Assert.Equal(0.75, Assert.Single(Details(data, 1).Others).Value);
        using var probabilities = DataSets.FromTensors("made", tensor(new[] { 0.4f, 0.6f, 0.2f, 0.1f }).reshape(2, 1, 1, 2), masks);
        Assert.Equal(0.75, Assert.Single(Details(probabilities, 1, OutputKind.IndependentProbabilities).Others).Value);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void Targets_have_errors_and_R2_whatever_their_mean(int batchSize)
    {
        // A large mean must not cost the digits of the variance.
        using var outputs = tensor(new[,] { { 1.0, 5 }, { 2, 5 }, { 4, 5 } }).add(1000).to(ScalarType.Float32);
        using var data = DataSets.FromTensors("made", outputs, tensor(new[,] { { 1.0, 4 }, { 2, 5 }, { 3, 6 } }).add(1000).to(ScalarType.Float32));
        var details = Details(data, batchSize);
        Assert.Equal((Metric.MeanSquaredError, 3 / 6.0), (details.Result.Metric, details.Result.Value));
        Assert.Equal(3 / 6.0, details.Others[0].Value);
        // Each target varies by 2 about its mean: 1 - 3 / 4.
        Assert.Equal((Metric.R2, 0.25), (details.Others[1].Metric, details.Others[1].Value));
        Assert.Equal(0.25, details.Result.Accuracy);
        Assert.Empty(details.Classes);
        Assert.Null(details.Confusion);
    }

    [Fact]
    public void R2_of_targets_that_are_all_the_same_has_no_meaning()
    {
        using var data = DataSets.FromTensors("made", tensor(new[] { 1f, 2f }).reshape(2, 1), tensor(new[] { 3f, 3f }));
        var details = Details(data, 1);
        Assert.Null(details.Result.R2);
        Assert.Null(details.Result.Accuracy);
        Assert.Equal(Metric.MeanAbsoluteError, Assert.Single(details.Others).Metric);
    }

    [Fact]
    public void What_budgets_call_accuracy_depends_on_the_labels()
    {
        Assert.Equal(0.7, new EvaluationResult(Metric.Accuracy, 0.7, 0, 1).Accuracy);
        Assert.Equal(0.7, new EvaluationResult(Metric.F1, 0.7, 0, 1).Accuracy);
        Assert.Equal(0.7, new EvaluationResult(Metric.MeanIntersectionOverUnion, 0.7, 0, 1).Accuracy);
        Assert.Equal(0.75, new EvaluationResult(Metric.MeanSquaredError, 0.5, 0, 1, TargetVariance: 2).Accuracy);
        Assert.Null(new EvaluationResult(Metric.DistillationLoss, 0.7, 0, 1).Accuracy);
        Assert.All(Enum.GetValues<Metric>(), metric => Assert.NotEmpty(metric.Label()));
        Assert.Equal(Enum.GetValues<Metric>().Length, Enum.GetValues<Metric>().Select(metric => metric.Label()).Distinct().Count());
    }

    [Fact]
    public void Agreement_counts_equal_decisions_and_needs_no_labels()
    {
        using var identity = nn.Sequential(nn.Identity());
        using var reversed = new Reversed();
        using var data = DataSets.FromTensors("made", tensor(new[,] { { 1f, 2, 1 }, { 3, 1, 2 }, { 0, 1, 0 } }));
        var result = Evaluation.Agreement(identity, reversed, data, batchSize: 2);
        Assert.Equal((Metric.Agreement, 2 / 3.0, 3), (result.Metric, result.Value, result.Samples));
        Assert.Equal(Math.Sqrt(2 / 9.0 / 3), result.StandardError, 9);
        using var targets = DataSets.FromTensors("made", tensor(new[,] { { 1f, 3 }, { 2, 2 } }), tensor(new[,] { { 0f, 0 }, { 0, 0 } }));
        Assert.Equal(2, Evaluation.Agreement(identity, reversed, targets).Value);
        using var labels = DataSets.FromTensors("made", tensor(new[,] { { 1f, -3, 1 }, { 2, -2, -2 } }), tensor(new[,] { { 0, 0, 1 }, { 0, 1, 1 } }));
        Assert.Equal(4 / 6.0, Evaluation.Agreement(identity, reversed, labels).Value, 12);
    }

    static EvaluationDetails Details(DataSet data, int batchSize, OutputKind kind = OutputKind.Values)
    {
        using var identity = nn.Sequential(nn.Identity());
        return Evaluation.Details(identity, data, batchSize, kind);
    }

    static Tensor OneHot(long[] answers, int classes) => nn.functional.one_hot(tensor(answers), classes).to(ScalarType.Float32);

    sealed class Reversed() : nn.Module<Tensor, Tensor>("reversed")
    {
        public override Tensor forward(Tensor input) => input.flip(1);
    }
}
