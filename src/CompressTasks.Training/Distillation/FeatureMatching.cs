using CompressTasks.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Pairs of values of one student and one teacher, and the projections between those of different widths. Its parameters are trained with the
/// student and are in the checkpoint; the written model has none of them.
/// </summary>
sealed class FeatureMatching : nn.Module
{
    readonly (FeaturePair Pair, nn.Module<Tensor, Tensor>? Projection)[] pairs;

    /// <param name="features">As the recipe has them, automatic ones not yet found, and checked (<see cref="DistillationRecipe.EnsureFits(OnnxModel, OnnxModel)"/>).</param>
    /// <param name="sample">One sample, [1, ...], for the values' shapes.</param>
    /// <param name="seed">Of the projections' weights.</param>
    /// <exception cref="TrainingException">CMP0120 where values cannot be compared.</exception>
    public FeatureMatching(IReadOnlyList<FeaturePair> features, GraphModule student, GraphTeacher teacher, Tensor sample, int seed)
        : base(nameof(FeatureMatching))
    {
        FeaturePair[] found = [.. features.SelectMany(pair => Found(pair, student.Model, teacher.Model))];
        Taps = [.. found.Select(pair => pair.Student)];
        Wanted = [.. found.Select(pair => new TeacherValue(pair.Teacher, pair.Kind))];
        pairs = new (FeaturePair, nn.Module<Tensor, Tensor>?)[found.Length];
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        IReadOnlyList<Tensor> own = [];
        Tensor[] theirs = [];
        Evaluation.InInferenceMode(student, () =>
        {
            own = student.Run([sample], Taps);
            theirs = [.. teacher.Answer(sample, [.. found.Select(pair => pair.Teacher)]).Skip(1)];
        });
        for (var i = 0; i < found.Length; i++)
        {
            pairs[i] = (found[i], Projection(found[i], own[i].shape, theirs[i].shape, generator));
            if (pairs[i].Projection is { } projection) register_module(FormattableString.Invariant($"projection{i}"), projection.to(sample.device));
        }
    }

    /// <summary>The student's values that are compared.</summary>
    public IReadOnlyList<string> Taps { get; }

    public IReadOnlyList<TeacherValue> Wanted { get; }

    /// <summary>The weighted sum over all pairs.</summary>
    /// <param name="own">The student's values, in the order of <see cref="Taps"/>.</param>
    /// <param name="theirs">The teacher's, in the order of <see cref="Wanted"/>; of attention the maps.</param>
    public Tensor Loss(IReadOnlyList<Tensor> own, IReadOnlyList<Tensor> theirs)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        for (var i = 0; i < pairs.Length; i++)
        {
            var (pair, projection) = pairs[i];
            var loss = pair.Kind == FeatureKind.Attention
                ? FeatureLoss.Attention(FeatureLoss.AttentionMap(own[i]), theirs[i])
                : FeatureLoss.Values(projection is null ? own[i] : projection.call(own[i]), theirs[i]);
            sum = sum is null ? loss.mul(pair.Weight) : sum.add(loss, pair.Weight);
        }

        return sum!.MoveToOuterDisposeScope();
    }

    static IEnumerable<FeaturePair> Found(FeaturePair pair, OnnxModel student, OnnxModel teacher) => pair.Student != FeaturePair.Automatic
        ? [pair]
        : AutomaticPairs.Of(student, teacher).Select(names => pair with { Student = names.Student, Teacher = names.Teacher });

    static nn.Module<Tensor, Tensor>? Projection(FeaturePair pair, long[] own, long[] theirs, Generator generator)
    {
        var names = $"pairs that can be compared: '{pair.Student}' is {DataSet.Text(own)} and the teacher's '{pair.Teacher}' {DataSet.Text(theirs)}";
        if (pair.Kind == FeatureKind.Attention)
        {
            TrainingRecipe.Require(own.Length == 4 && theirs.Length == 4, "features", names + ", and attention is of images");
            return null;
        }

        var isImage = own.Length == 4;
        TrainingRecipe.Require(own.Length == theirs.Length && own.Length is >= 2 and <= 4 && (isImage || own.AsSpan(1, own.Length - 2).SequenceEqual(theirs.AsSpan(1, theirs.Length - 2))), "features", names);
        var (given, wanted) = isImage ? (own[1], theirs[1]) : (own[^1], theirs[^1]);
        if (given == wanted) return null;
        nn.Module<Tensor, Tensor> projection = isImage ? nn.Conv2d(given, wanted, 1) : nn.Linear(given, wanted);
        using var noGradient = no_grad();
        foreach (var (_, parameter) in projection.named_parameters())
        {
            if (parameter.dim() == 1) parameter.zero_();
            else parameter.copy_(randn(parameter.shape, generator: generator).div(Math.Sqrt(given)));
        }

        return projection;
    }
}
