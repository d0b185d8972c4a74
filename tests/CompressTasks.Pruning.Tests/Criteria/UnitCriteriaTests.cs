using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Criteria;

public class UnitCriteriaTests
{
    [Fact]
    public void The_L1_norm_adds_up_everything_that_hangs_on_the_channel() =>
        // Rows 1 -2 | 3 4 | 5 6, scales 2 -1 3, shifts 0 3 0, columns (1 0) (0 5) (2 0).
        Assert.Equal([3 + 2 + 1, 7 + 1 + 3 + 5, 11 + 3 + 2], MagnitudeCriterion.ScoreL1(Analyse(Chain())));

    [Fact]
    public void The_scale_of_the_normalisation_is_the_score_and_other_groups_compete_as_average_ones()
    {
        var scores = BatchNormScaleCriterion.Score(Analyse(Chain(hiddenWithoutNormalisation: true)));
        Assert.Equal([2, 1, 3], scores[..3]);
        Assert.Equal(2, scores[3..].Average(), 1e-6);
        Assert.NotEqual(scores[3], scores[4]);
    }

    [Fact]
    public void Without_any_normalisation_its_scale_is_no_criterion()
    {
        var exception = Assert.Throws<PruningException>(() => BatchNormScaleCriterion.Score(Analyse(Networks.LeNet300100(), [1, 1, 28, 28])));
        Assert.Equal(PruningException.CriterionNeedsData, exception.Code);
    }

    [Fact]
    public void LAMP_is_a_square_over_the_squares_that_are_no_smaller()
    {
        var scores = LampCriterion.Score(Analyse(Chain()), [1, 3, 2]);
        Assert.Equal([1.0 / 14, 1, 4.0 / 13], scores.Select(score => Math.Round(score, 12)), (x, y) => Math.Abs(x - y) < 1e-9);
    }

    [Fact]
    public void The_unit_among_the_others_has_the_smallest_distance()
    {
        var model = Chain();
        Set(model, "conv.weight", 0, 0, 10, 0, 4, 3);
        Set(model, "bn.weight", 1, 1, 1);
        Set(model, "bn.bias", 0, 0, 0);
        var scores = GeometricMedianCriterion.Score(Analyse(model));
        var (far, first, second) = (10.0, 5.0, Math.Sqrt(36 + 9));
        Assert.Equal([(far + first) / 3, (far + second) / 3, (first + second) / 3], scores, (x, y) => Math.Abs(x - y) < 1e-5);
    }

    [Fact]
    public void Wide_groups_are_compared_with_a_part_and_twins_still_come_first()
    {
        var b = new ModelBuilder();
        var model = b.Build(b.Gemm(b.Gemm(b.Input("x", "N", 3), GeometricMedianCriterion.MostReferences + 500, bias: false, name: "wide"), 2, bias: false));
        var weight = model.Graph.Initializer.Single(tensor => tensor.Name == "wide.weight");
        var values = weight.ToFloats();
        Array.Clear(values, 3 * 7, 3); // a unit at the centre of all others, which are spread around zero
        weight.SetFloats(values);
        var scores = GeometricMedianCriterion.Score(Analyse(model, [1, 3]));
        Assert.Equal(7, Enumerable.Range(0, scores.Length).MinBy(unit => scores[unit]));
    }

    [Fact]
    public void SNIP_multiplies_the_gradient_over_all_samples_with_the_weight()
    {
        var (model, module) = Linear();
        using (module)
        {
            using var batches = NewDisposeScope();
            // y = 5 (x1 + 2 x2) - (3 x1 + 4 x2), loss y: gradients of the rows are 5 x and -x, summed over (1, 1) and (3, -1).
            var scores = GradientTimesWeightCriterion.Score(
                Analyse(model, [1, 2]), module, [Sample(1, 1), Sample(3, -1)], (output, _) => output.sum());
            Assert.Equal([((5 * 4 * 1) + (5 * 0 * 2)) / 2.0, ((4 * 3) + (0 * 4)) / 2.0], scores);
        }
    }

    [Fact]
    public void Movement_is_the_sum_of_minus_gradient_times_weight_over_the_steps()
    {
        var (model, module) = Linear();
        using (module)
        using (var record = new MovementRecord(module))
        {
            using var scope = NewDisposeScope();
            foreach (var (first, second) in new[] { (1f, 1f), (2f, 0f) })
            {
                module.zero_grad();
                module.forward(tensor(new[,] { { first, second } })).sum().backward();
                record.AfterBackward(default);
            }

            // Row 1: -(5·1·1 + 5·1·2) - (5·2·1) = -25; row 2: (3 + 4) + (2·3) = 13; the lowest counts as zero.
            Assert.Equal([0, 38], MovementCriterion.Score(Analyse(model, [1, 2]), record.Sums));
            Assert.Equal(["first.weight", "second.weight"], record.State.Select(state => state.Name));
        }
    }

    [Fact]
    public void Every_criterion_has_its_traits() =>
        Assert.Equal(Enum.GetValues<Criterion>().Order(), CriterionTraits.All.Select(traits => traits.Criterion).Order());

    static (OnnxModel Model, GraphModule Module) Linear()
    {
        var b = new ModelBuilder();
        var model = b.Build(b.Gemm(b.Gemm(b.Input("x", "N", 2), 2, bias: false, name: "first"), 1, bias: false, name: "second"));
        Set(model, "first.weight", 1, 2, 3, 4);
        Set(model, "second.weight", 5, -1);
        return (model, new GraphModule(model));
    }

    static Batch Sample(float first, float second) => new(tensor(new[,] { { first, second } }), null);

    /// <summary>conv of 3 channels, normalisation, and a consumer; with a hidden layer in between where asked.</summary>
    static OnnxModel Chain(bool hiddenWithoutNormalisation = false)
    {
        var b = new ModelBuilder();
        var x = b.BatchNormalization(b.Conv(b.Input("x", 1, 2, 4, 4), 3, 1, bias: false, name: "conv"), name: "bn");
        if (hiddenWithoutNormalisation) x = b.Relu(b.Conv(x, 4, 1, bias: false, name: "hidden"));
        var model = b.Build(b.Conv(x, 2, 1, bias: false, name: "next"));
        Set(model, "conv.weight", 1, -2, 3, 4, 5, 6);
        Set(model, "bn.weight", 2, -1, 3);
        Set(model, "bn.bias", 0, 3, 0);
        if (!hiddenWithoutNormalisation) Set(model, "next.weight", 1, 0, 2, 0, 5, 0);
        return model;
    }

    static void Set(OnnxModel model, string name, params float[] values) => model.Graph.Initializer.Single(tensor => tensor.Name == name).SetFloats(values);

    static CouplingGraph Analyse(OnnxModel model, long[]? shape = null) => CouplingGraph.Build(
        model, ShapeInference.Infer(model, new Dictionary<string, long[]> { [model.Graph.Input[0].Name] = shape ?? [1, 2, 4, 4] }));
}
