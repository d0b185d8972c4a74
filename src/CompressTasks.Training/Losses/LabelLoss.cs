using System.Reflection;
using System.Text.Json.Serialization;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>The loss of outputs against a data set's labels.</summary>
public sealed class LabelLoss
{
    readonly DataSet data;
    readonly OutputKind outputs;
    readonly LossKind kind;
    readonly double smoothing, huberDelta;

    /// <param name="data">Labelled.</param>
    /// <param name="outputs">What the module's outputs are.</param>
    /// <param name="recipe">Names the loss, its label smoothing and its delta; null for the one that goes with the labels.</param>
    /// <exception cref="TrainingException">CMP0120 when the recipe's loss does not go with the labels.</exception>
    public LabelLoss(DataSet data, OutputKind outputs, TrainingRecipe? recipe = null)
    {
        var known = For(data.Labels);
        kind = recipe?.Loss ?? known[0];
        TrainingRecipe.Require(known.Contains(kind), "loss", $"null or {string.Join(" or ", known.Select(NameOf))} for the labels of '{data.Source}' ({data.Labels})");
        smoothing = recipe?.LabelSmoothing ?? 0;
        TrainingRecipe.Require(
            smoothing == 0 || CanBeSmoothed(kind),
            "labelSmoothing",
            $"0 for the loss {NameOf(kind)}");
        huberDelta = recipe?.HuberDelta ?? 1;
        this.data = data;
        this.outputs = outputs;
    }

    /// <summary>A single number: the mean over the samples.</summary>
    /// <param name="results">The module's outputs.</param>
    /// <param name="labels">Of the same samples, on the same device.</param>
    public Tensor Mean(Tensor results, Tensor labels) => Mean(results, labels, mixture: null);

    /// <summary>The loss of each sample, [n].</summary>
    public Tensor EachSample(Tensor results, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return OfEach(Loss(Values(results), labels, nn.Reduction.None)).MoveToOuterDisposeScope();
    }

    /// <summary>Whether label smoothing says anything about a loss: where it has an entropy.</summary>
    internal static bool CanBeSmoothed(LossKind kind) => kind is LossKind.CrossEntropy or LossKind.BinaryCrossEntropy or LossKind.CrossEntropyAndDice;

    /// <summary>The losses that go with labels of a kind, the usual one first; none for data without labels.</summary>
    internal static LossKind[] For(LabelKind labels) => labels switch
    {
        LabelKind.Classes => [LossKind.CrossEntropy, LossKind.BinaryCrossEntropy],
        LabelKind.MultiLabel => [LossKind.BinaryCrossEntropy],
        LabelKind.Targets => [LossKind.MeanSquaredError, LossKind.MeanAbsoluteError, LossKind.Huber],
        LabelKind.PixelClasses => [LossKind.CrossEntropy, LossKind.Dice, LossKind.CrossEntropyAndDice],
        _ => [],
    };

    /// <summary>The same for samples that were mixed with one another: the mixture of the loss against a sample's own label and that against its partner's.</summary>
    internal Tensor Mean(Tensor results, Tensor labels, LabelMixture? mixture)
    {
        using var scope = NewDisposeScope();
        var values = Values(results);
        Tensor Against(Tensor wanted) => Loss(values, wanted, nn.Reduction.Mean);
        return (mixture?.Loss(labels, Against) ?? Against(labels)).MoveToOuterDisposeScope();
    }

    Tensor Loss(Tensor values, Tensor labels, nn.Reduction reduction)
    {
        return kind switch
        {
            LossKind.BinaryCrossEntropy => nn.functional.binary_cross_entropy_with_logits(values, Wanted(), reduction: reduction),
            LossKind.MeanSquaredError => nn.functional.mse_loss(values, Targets(), reduction),
            LossKind.MeanAbsoluteError => nn.functional.l1_loss(values, Targets(), reduction),
            LossKind.Huber => nn.functional.huber_loss(values, Targets(), huberDelta, reduction),
            LossKind.Dice => Dice(),
            LossKind.CrossEntropyAndDice => OfEach(CrossEntropy()).add(Dice()),
            _ => CrossEntropy(),
        };

        Tensor CrossEntropy() => nn.functional.cross_entropy(values, labels, reduction: reduction, label_smoothing: smoothing);

        Tensor Dice() => reduction == nn.Reduction.Mean ? Losses.Dice(values, labels) : Losses.EachDice(values, labels);

        // So that [n] and [n, 1] are the same.
        Tensor Targets() => labels.reshape(values.shape);

        Tensor Wanted()
        {
            var each = data.Labels == LabelKind.Classes ? Losses.OneHot(values, labels.unsqueeze(1)) : labels;
            return smoothing == 0 ? each : each.mul(1 - smoothing).add_(smoothing / 2);
        }
    }

    /// <summary>Binary cross-entropy asks of every class on its own, whatever the labels are.</summary>
    Tensor Values(Tensor results) => OutputReading.Logits(
        OutputReading.Shaped(results, data), outputs, kind == LossKind.BinaryCrossEntropy ? LabelKind.MultiLabel : data.Labels);

    /// <summary>The mean of each sample's numbers; a single number stays.</summary>
    static Tensor OfEach(Tensor losses) => losses.dim() > 1 ? losses.flatten(1).mean([1L]) : losses;

    static string NameOf(LossKind kind) => typeof(LossKind).GetField(kind.ToString())!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()!.Name;
}
