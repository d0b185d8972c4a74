using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>What a module's outputs mean beside the labels of a data set, for losses, metrics and teachers alike.</summary>
public static class OutputReading
{
    /// <summary>
    /// [n, outputs], where [n, classes, 1, 1] is [n, classes]; for a class per pixel [n, classes, height, width], or [n, 1, height, width] with the one
    /// output that tells class 1 from class 0. Outputs per pixel without labels are taken for classes of pixels, one output for no or yes.
    /// </summary>
    /// <exception cref="TrainingException">CMP0404 when the outputs' shape is not one that goes with the labels.</exception>
    public static Tensor Shaped(Tensor outputs, DataSet data)
    {
        var shape = outputs.shape;
        var isPerPixel = shape.Skip(2).Any(length => length != 1);
        switch (data.Labels)
        {
            case LabelKind.Classes when isPerPixel:
                throw DoesNotFit("is not one class per sample, which the labels are", "Use a model whose output is [batch, classes].");
            case LabelKind.PixelClasses when shape is [_, _, _, _] && shape.AsSpan(2).SequenceEqual(data.LabelShape):
            case LabelKind.None when shape is [_, _, _, _] && isPerPixel:
                return outputs;
            case LabelKind.PixelClasses:
                throw DoesNotFit($"is not [batch, classes, height, width] with the masks' height and width {DataSet.Text(data.LabelShape)}", "Store masks of the size of the model's output.");
            default:
                return outputs.flatten(1);
        }

        TrainingException DoesNotFit(string why, string hint) =>
            new(TrainingException.Labels, $"The model's output {DataSet.Text(shape)} {why}.", data.Source, hint);
    }

    /// <summary>Numbers before a softmax over axis 1 or, where every output is a question of its own, before a sigmoid. Targets stay as they are.</summary>
    /// <param name="shaped">As <see cref="Shaped"/> gives it; one output per pixel becomes two, of which the first is 0.</param>
    public static Tensor Logits(Tensor shaped, OutputKind kind, LabelKind labels)
    {
        switch (labels)
        {
            case LabelKind.Targets:
                return shaped;
            case LabelKind.MultiLabel:
                return kind == OutputKind.Values ? shaped : Losses.IndependentLogits(shaped);
            case LabelKind.PixelClasses or LabelKind.None when IsYesPerPixel(shaped):
                using (var scope = NewDisposeScope())
                {
                    var one = kind == OutputKind.Values ? shaped : Losses.IndependentLogits(shaped);
                    return cat([zeros_like(one, requires_grad: false), one], 1).MoveToOuterDisposeScope();
                }

            default:
                return Losses.Logits(shaped, kind);
        }
    }

    /// <summary>
    /// Logits whose softmax over axis 1 is what a teacher teaches: [n, classes], or [n, classes, ...] with a distribution for each pixel, or
    /// [n, 2, labels] with no and yes for each label. Targets, and a single output without labels that is no probability, are the outputs themselves.
    /// </summary>
    public static Tensor Distributions(Tensor outputs, OutputKind kind, DataSet data) => Distributions(outputs, kind, data, AreQuestions([kind]));

    /// <param name="areQuestions">See <see cref="AreQuestions"/>, of all models whose outputs are compared.</param>
    internal static Tensor Distributions(Tensor outputs, OutputKind kind, DataSet data, bool areQuestions)
    {
        using var scope = NewDisposeScope();
        var shaped = Shaped(outputs, data);
        var isBinary = data.Labels == LabelKind.MultiLabel || (data.Labels == LabelKind.None && areQuestions && !IsYesPerPixel(shaped));
        var logits = Logits(shaped, kind, isBinary ? LabelKind.MultiLabel : data.Labels);
        return (isBinary ? stack([zeros_like(logits, requires_grad: false), logits], 1) : logits).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Whether each output without labels is a question of its own, for all models that are compared with each other: where one of them ends in a
    /// sigmoid, another one's logits mean the same.
    /// </summary>
    internal static bool AreQuestions(IEnumerable<OutputKind> kinds) => kinds.Contains(OutputKind.IndependentProbabilities);

    /// <summary>Whether what <see cref="Distributions(Tensor, OutputKind, DataSet)"/> gave are numbers and no logits: one number has no softmax.</summary>
    internal static bool AreNumbers(Tensor distributions, LabelKind labels) => labels == LabelKind.Targets || (labels == LabelKind.None && distributions.shape is [_, 1]);

    /// <summary>
    /// What the outputs decide on: int64 [n] or [n, height, width] the class of the highest output, of equal ones the first; bool [n, labels]
    /// whether each label's probability is above one half. Null for targets, and a single number without labels, which decide nothing.
    /// </summary>
    /// <param name="shaped">As <see cref="Shaped"/> gives it.</param>
    /// <param name="areQuestions">See <see cref="AreQuestions"/>; counts without labels.</param>
    internal static Tensor? Decisions(Tensor shaped, OutputKind kind, LabelKind labels, bool areQuestions = false) => labels switch
    {
        LabelKind.Targets => null,
        LabelKind.MultiLabel => Holds(shaped, kind),
        LabelKind.None when areQuestions => Holds(shaped, kind),
        LabelKind.None when shaped.shape is [_, 1] => null,
        LabelKind.PixelClasses or LabelKind.None when IsYesPerPixel(shaped) => Holds(shaped, kind).squeeze(1).to(ScalarType.Int64),
        _ => shaped.argmax(1),
    };

    static bool IsYesPerPixel(Tensor shaped) => shaped.shape is [_, 1, _, _];

    static Tensor Holds(Tensor outputs, OutputKind kind) => outputs.gt(kind == OutputKind.Values ? 0 : 0.5);
}
