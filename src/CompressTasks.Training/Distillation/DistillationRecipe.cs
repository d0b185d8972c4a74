using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using CompressTasks.Onnx;

namespace CompressTasks.Training;

/// <summary>
/// How much, and how softly, a student learns from its teachers (Hinton, Vinyals and Dean, "Distilling the Knowledge in a
/// Neural Network", 2015): loss = (1 - Alpha) * L(labels) + Alpha * Temperature^2 * KL(teacher_T || student_T) + features.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DistillationRecipe
{
    const double DefaultTemperature = 4;

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    /// <summary>Divides the logits before the softmax; above 0. The factor T^2 keeps the gradients' size the same for every T.</summary>
    public double Temperature { get; init; } = DefaultTemperature;

    /// <summary>The teachers' part of the loss, 0 to 1. Without labels it counts as 1.</summary>
    public double Alpha { get; init; } = 0.9;

    /// <summary>What <see cref="Alpha"/> has become at the end of the training, linearly from step to step; null: it stays.</summary>
    public double? AlphaEnd { get; init; }

    /// <summary>How the teachers' probabilities are compared with the student's.</summary>
    public DistillationMethod Method { get; init; } = DistillationMethod.SoftTargets;

    /// <summary>Of <see cref="DistillationMethod.Decoupled"/>: weight of how sure the teacher is of the label's class; 0 or more.</summary>
    public double TargetWeight { get; init; } = 1;

    /// <summary>Of <see cref="DistillationMethod.Decoupled"/>: weight of what the teacher says of the other classes; 0 or more.</summary>
    public double NonTargetWeight { get; init; } = 2;

    /// <summary>How several teachers speak with one voice.</summary>
    public TeacherMixture Teachers { get; init; } = TeacherMixture.Average;

    /// <summary>Of <see cref="TeacherMixture.Weighted"/>: one number above 0 for each teacher, in their order; only their ratios count.</summary>
    public IReadOnlyList<double>? TeacherWeights { get; init; }

    /// <summary>Where teachers run.</summary>
    public TeacherRuntime TeacherRuntime { get; init; } = TeacherRuntime.Auto;

    /// <summary>Values inside the student that are to be like values inside the first teacher; null for none.</summary>
    public IReadOnlyList<FeaturePair>? Features { get; init; }

    /// <summary>
    /// Students that learn from each other (Zhang et al., "Deep Mutual Learning", 2018): <see cref="Peers"/> more networks of the
    /// student's architecture, with other weights, are trained beside it, and each takes the others for further teachers.
    /// </summary>
    public bool Mutual { get; init; }

    /// <summary>Of <see cref="Mutual"/>: students beside the one that is written, 1 to 8.</summary>
    public int Peers { get; init; } = 1;

    /// <summary>SHA-256 over all values.</summary>
    [JsonIgnore]
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, Json)));

    /// <summary>Checks every value, and that none is given which the others leave without effect.</summary>
    /// <exception cref="TrainingException">CMP0120.</exception>
    public void Validate()
    {
        TrainingRecipe.Require(double.IsFinite(Temperature) && Temperature > 0, "temperature", "above 0");
        TrainingRecipe.Require(Alpha is >= 0 and <= 1, "alpha", "from 0 to 1");
        TrainingRecipe.Require(AlphaEnd is null or (>= 0 and <= 1), "alphaEnd", "from 0 to 1");
        TrainingRecipe.Require(double.IsFinite(TargetWeight) && TargetWeight >= 0, "targetWeight", "0 or more");
        TrainingRecipe.Require(double.IsFinite(NonTargetWeight) && NonTargetWeight >= 0, "nonTargetWeight", "0 or more");
        TrainingRecipe.Require(Teachers != TeacherMixture.Weighted || TeacherWeights is not null, "teacherWeights", "there with the teachers 'weighted'");
        TrainingRecipe.Require(TeacherWeights?.All(weight => double.IsFinite(weight) && weight > 0) != false, "teacherWeights", "above 0, each of them");
        TrainingRecipe.Require(Peers is >= 1 and <= 8, "peers", "from 1 to 8");
        TrainingRecipe.Require(!Mutual || Teachers == TeacherMixture.Average, "mutual", "false unless teachers are averaged");
        foreach (var pair in Features ?? []) pair.Validate();
        GovernedSetting.Check(this);
    }

    /// <summary>The settings, as recipe files spell them, that say nothing for such labels or so many teachers, whatever the others are.</summary>
    /// <param name="labels">Of the training data; null: not known.</param>
    /// <returns>Whether this recipe gives each all the same, and what is said then after "has to be".</returns>
    public IEnumerable<(string Name, bool IsGiven, string Refusal)> WithoutEffect(LabelKind? labels, int teachers)
    {
        if (labels == LabelKind.Targets) yield return ("temperature", Temperature != DefaultTemperature, "left out where the labels are numbers, which have no probabilities");
        if (teachers == 1) yield return ("teachers", Teachers != TeacherMixture.Average, "left out with one teacher");
    }

    /// <summary>Checks what depends on the training data and the teachers.</summary>
    /// <param name="labels">Of the training data; null: not known.</param>
    /// <exception cref="TrainingException">CMP0120.</exception>
    public void EnsureFits(LabelKind? labels, int teachers)
    {
        foreach (var (name, isGiven, refusal) in WithoutEffect(labels, teachers)) TrainingRecipe.Require(!isGiven, name, refusal);
        TrainingRecipe.Require(TeacherWeights is not { } weights || weights.Count == teachers, "teacherWeights", FormattableString.Invariant($"one number for each of the {teachers} teachers"));
        TrainingRecipe.Require(Method != DistillationMethod.Decoupled || labels is null or LabelKind.Classes or LabelKind.PixelClasses, "method", "soft-targets where the labels are no classes");
    }

    /// <summary>Checks that the values which <see cref="Features"/> names are in the graphs.</summary>
    /// <param name="student">Simplified.</param>
    /// <param name="teacher">The first one, simplified.</param>
    /// <exception cref="TrainingException">CMP0120 with the name that is not there and names that are.</exception>
    public void EnsureFits(OnnxModel student, OnnxModel teacher)
    {
        foreach (var pair in Features ?? [])
        {
            if (pair.Student == FeaturePair.Automatic)
            {
                TrainingRecipe.Require(AutomaticPairs.Of(student, teacher).Count > 0, "features", "pairs of names here, since student and teacher have no images of the same height and width inside");
                continue;
            }

            Require(student, "student", pair.Student);
            Require(teacher, "teacher", pair.Teacher);
        }

        static void Require(OnnxModel model, string whose, string name)
        {
            var values = model.Graph.Node.SelectMany(node => node.Output);
            if (values.Contains(name)) return;
            TrainingRecipe.Require(false, "features", $"pairs of values inside the graphs, and the {whose} has no value '{name}'", NearNames.Sentence(name, values.Where(value => value.Length > 0)));
        }
    }

    /// <summary>The teachers' part of the loss where this share of the training, 0 to 1, is done.</summary>
    public double AlphaAt(double done) => AlphaEnd is { } end ? Alpha + ((end - Alpha) * done) : Alpha;
}

/// <summary>How a teacher's probabilities are compared with the student's.</summary>
public enum DistillationMethod
{
    /// <summary>T^2 * KL(teacher || student).</summary>
    SoftTargets,

    /// <summary>
    /// The same divergence taken apart into the class of the label and the others, with a weight for each (Zhao et al., "Decoupled Knowledge
    /// Distillation", 2022). Needs labels that are classes.
    /// </summary>
    Decoupled,
}

/// <summary>How several teachers speak with one voice.</summary>
public enum TeacherMixture
{
    /// <summary>The mean of their probabilities at the temperature.</summary>
    Average,

    /// <summary>The mean by weights.</summary>
    Weighted,

    /// <summary>One of them for each batch, drawn by seed and step.</summary>
    OnePerBatch,
}

/// <summary>Where a teacher runs.</summary>
public enum TeacherRuntime
{
    /// <summary>
    /// ONNX Runtime on the CPU wherever it can take the model as it is; libtorch for models of a fixed batch and on other devices. By this rule
    /// and not by a clock, so that the same run gives the same bytes.
    /// </summary>
    Auto,

    Libtorch,

    OnnxRuntime,

    /// <summary>The faster one on a batch of the data, measured once and remembered in the cache folder and in checkpoints.</summary>
    Fastest,
}
