using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Teachers and how a student learns from them.</summary>
public sealed class Distillation
{
    /// <param name="recipe">Temperature, the teachers' part, and what else is compared.</param>
    /// <param name="teachers">The caller's. None only where the recipe has students that learn from each other.</param>
    public Distillation(DistillationRecipe recipe, params IReadOnlyList<Teacher> teachers) => (Recipe, Teachers) = (recipe, teachers);

    /// <param name="recipe">Temperature and the teachers' part.</param>
    /// <param name="teachers">
    /// Each from a batch of inputs [n, ...] to what <see cref="OutputReading.Distributions(Tensor, OutputKind, DataSet)"/> makes of its outputs: logits [n, classes]
    /// (regression: outputs). They run without gradients; the caller has put them into inference mode, and says by <see cref="Trainer.Identity"/> what they are.
    /// </param>
    public Distillation(DistillationRecipe recipe, params IReadOnlyList<Func<Tensor, Tensor>> teachers)
        : this(recipe, [.. teachers.Select(teacher => new FunctionTeacher(teacher))])
    {
    }

    public DistillationRecipe Recipe { get; }

    public IReadOnlyList<Teacher> Teachers { get; }

    /// <summary>Most bytes of one teacher's answers to a data set that are kept, so that it runs once over the data and not once per epoch.</summary>
    public long CacheLimit { get; init; } = 4L << 30;

    /// <summary>Where answers are kept for later trainings too; null: for this one.</summary>
    public TeacherCache? Cache { get; init; }

    /// <exception cref="TrainingException">CMP0120.</exception>
    public void Validate()
    {
        Recipe.Validate();
        TrainingRecipe.Require(Teachers.Count > 0 || Recipe.Mutual, "mutual", "true where there is no teacher");
        TrainingRecipe.Require(Teachers.Count > 0 || Recipe.Features is null, "features", "null without a teacher");
        TrainingRecipe.Require(Teachers.Count > 0 || Recipe.TeacherRuntime == TeacherRuntime.Auto, "teacherRuntime", "left out without a teacher");
        Recipe.EnsureFits(labels: null, Teachers.Count);
    }

    /// <summary>What several teachers say together, at the temperature.</summary>
    /// <param name="logits">Of each, [n, classes, ...].</param>
    /// <returns>Probabilities along axis 1; for a regression the mean of the outputs.</returns>
    internal Tensor Together(IReadOnlyList<Tensor> logits, bool isRegression)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var weights = Recipe.TeacherWeights is { } given && logits.Count == given.Count ? given : [.. Enumerable.Repeat(1.0, logits.Count)];
        var all = weights.Sum();
        Tensor? sum = null;
        foreach (var (values, weight) in logits.Zip(weights))
        {
            var answer = (isRegression ? values : DistillationLoss.Probabilities(values, Recipe.Temperature)).mul(weight / all);
            sum = sum is null ? answer : sum.add_(answer);
        }

        return sum!.MoveToOuterDisposeScope();
    }
}
