namespace CompressTasks.Tuning.Tests;

public sealed class StudyInsightTests
{
    static readonly SearchSpace Space = new SearchSpace().Float("large", 0, 1).Float("small", 0, 1).Categorical("choice", "a", "b", "c").Float("none", 0, 1);

    static Study Run(Func<Trial, double>? value = null)
    {
        var study = new Study(Space, new StudyOptions { Sampler = new SobolSampler(), TotalTrials = 128 });
        study.Run(value ?? (trial => (4 * trial.Float("large")) + trial.Float("small") + (trial.Text("choice") == "b" ? 2 : 0)));
        return study;
    }

    [Fact]
    public void Importance_is_the_share_of_the_variance()
    {
        using var study = Run();

        var importance = StudyInsight.Importance(study).ToDictionary(entry => entry.Parameter);

        // Variances: 16 / 12, 1 / 12, 4 * 2 / 9, 0; the warp of the worse half and the forest blur them.
        var total = (16 / 12.0) + (1 / 12.0) + (8 / 9.0);
        Assert.Equal(16 / 12.0 / total, importance["large"].Variance, 0.15);
        Assert.Equal(8 / 9.0 / total, importance["choice"].Variance, 0.15);
        Assert.InRange(importance["small"].Variance, importance["none"].Variance, 0.12);
        Assert.InRange(importance["none"].Variance, 0, 0.03);
        Assert.Equal(1, importance.Values.Sum(entry => entry.Permutation), 1e-9);
        Assert.True(importance["large"].Permutation > importance["choice"].Permutation && importance["choice"].Permutation > importance["small"].Permutation);
        Assert.Equal("large", StudyInsight.Importance(study)[0].Parameter);
    }

    [Fact]
    public void An_interaction_belongs_to_nobody_alone()
    {
        using var study = Run(trial => (trial.Float("large") > 0.5) == (trial.Float("small") > 0.5) ? 1 : 0);

        Assert.InRange(StudyInsight.Importance(study).Sum(entry => entry.Variance), 0, 0.5);
    }

    [Fact]
    public void Parameters_that_exist_only_sometimes_have_an_importance()
    {
        var space = new SearchSpace().Categorical("kind", "a", "b").Float("x", 0, 1).When("kind", "a");
        using var study = new Study(space, new StudyOptions { Sampler = new SobolSampler(), TotalTrials = 100 });
        study.Run(trial => trial.Configuration.TryGet("x", out var x) ? 5 * x.Number : 2.5);

        var importance = StudyInsight.Importance(study);

        Assert.Equal("x", importance[0].Parameter);
        Assert.All(importance, entry => Assert.InRange(entry.Variance, 0, 1.0001));
    }

    [Theory]
    [InlineData("random", true)]
    [InlineData("auto", true)]
    [InlineData("random", false)]
    public void Whether_a_parameter_exists_counts_for_its_parent(string sampler, bool conditional)
    {
        var space = new SearchSpace().Categorical("optimizer", "sgd", "adam").Float("momentum", 0, 0.99);
        space = (conditional ? space.When("optimizer", "sgd") : space).Float("rate", 0, 1);
        using var study = new Study(space, new StudyOptions { Sampler = Quadratic.Sampler(sampler), TotalTrials = 80 });
        study.Run(trial => (trial.Text("optimizer") == "sgd" ? 0 : 1) + (0.3 * trial.Float("rate")));

        var importance = StudyInsight.Importance(study).ToDictionary(entry => entry.Parameter);

        // The sampler of "auto" learns soon that sgd is better, and tries the other one seldom.
        Assert.InRange(importance["optimizer"].Variance, sampler == "auto" ? 0.3 : 0.6, 1);
        Assert.InRange(importance["optimizer"].Permutation, sampler == "auto" ? 0.2 : 0.6, 1);
        Assert.InRange(importance["momentum"].Variance, 0, sampler == "auto" ? 0.1 : 0.01);
        Assert.InRange(importance["momentum"].Permutation, 0, 0.01);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_effect_of_a_conditional_parameter_counts_where_it_exists(bool nested)
    {
        // Exists in half of the space (as its own child in a quarter), by a number; there it explains all that its parent leaves.
        var space = new SearchSpace().Float("none", 0, 1).Int("layers", 1, 4).Float("second", 0, 1).When(Condition.From("layers", 3));
        space = nested ? space.Float("third", 0, 1).When(Condition.From("second", 0, 0.5)) : space;
        using var study = new Study(space, new StudyOptions { Sampler = new SobolSampler(), TotalTrials = 512 });
        study.Run(trial => trial.Configuration.TryGet(nested ? "third" : "second", out var value) ? value.Number : 0.5);

        var importance = StudyInsight.Importance(study).ToDictionary(entry => entry.Parameter);

        Assert.InRange(importance[nested ? "third" : "second"].Variance, 0.85, 1);
        Assert.InRange(importance["layers"].Variance, 0, 0.05);
        Assert.InRange(importance[nested ? "third" : "second"].Permutation, 0.6, 1);
        Assert.InRange(importance.Values.Sum(entry => entry.Variance), 0, 1.0001);
    }

    [Fact]
    public void The_history_has_the_best_so_far()
    {
        using var study = new Study(Space, new StudyOptions { Sampler = new RandomSampler(), TotalTrials = 5, Objectives = [new("accuracy", Direction.Maximize)] });
        study.Run(trial => trial.Number switch { 0 => double.NaN, 1 => 0.5, 2 => 0.3, 3 => 0.9, _ => 0.8 });

        Assert.Equal([null, 0.5, 0.5, 0.9, 0.9], StudyInsight.History(study).Select(point => point.Best));
    }

    [Fact]
    public void Slices_and_parallel_coordinates_have_every_complete_trial()
    {
        using var study = Run();

        Assert.Equal(128, StudyInsight.Slice(study, "choice").Length);
        Assert.Throws<TuningException>(() => StudyInsight.Slice(study, "absent"));
        var (axes, lines) = StudyInsight.ParallelCoordinates(study);
        Assert.Equal(["large", "small", "choice", "none"], axes.Select(axis => axis.Parameter));
        Assert.Equal(128, lines.Length);
        Assert.All(lines, line => Assert.All(line.Positions, position => Assert.InRange(position!.Value, 0, 1)));
    }

    [Fact]
    public void Trials_past_the_border_are_seen()
    {
        var space = new SearchSpace().With(new FloatParameter("x", 1, 2) { Lowest = 0 }).Float("y", 0, 1);
        using var study = new Study(space, new StudyOptions { Sampler = new GridSampler(), TotalTrials = 60 });
        study.Run(trial => Math.Pow(trial.Float("x") - 0.1, 2) + (0.1 * trial.Float("y")));

        var (axes, lines) = StudyInsight.ParallelCoordinates(study);

        Assert.True(study.Best!.Configuration.Float("x") < 0.2);
        Assert.Equal(study.Trials.Min(trial => trial.Configuration.Float("x")), axes[0].Low.Number, 1e-9);
        Assert.Equal(60, lines.Length);
        Assert.All(lines, line => Assert.All(line.Positions, position => Assert.InRange(position!.Value, 0, 1)));
        Assert.Equal(axes[0].Low.Number, StudyInsight.Contour(study, "x", "y").Rows[0].Number, 1e-9);
        Assert.Equal("x", StudyInsight.Importance(study)[0].Parameter);
    }

    [Fact]
    public void Objectives_that_do_not_exist_are_an_error_with_a_code()
    {
        using var study = Run();

        foreach (var wrong in new Action[]
        {
            () => StudyInsight.Slice(study, "large", 1),
            () => StudyInsight.History(study, -1),
            () => StudyInsight.ParallelCoordinates(study, 1),
            () => StudyInsight.HypervolumeHistory(study, 1, 2),
            () => StudyInsight.HypervolumeHistory(study),
        })
            Assert.Equal(TuningException.Setting, Assert.Throws<TuningException>(wrong).Code);
    }

    [Fact]
    public void A_contour_shows_the_slope()
    {
        using var study = Run();

        var contour = StudyInsight.Contour(study, "large", "choice", resolution: 7);

        Assert.Equal(7, contour.Rows.Length);
        Assert.Equal(["a", "b", "c"], contour.Columns.Select(column => column.Text));
        Assert.True(contour.Outcomes[6][0] - contour.Outcomes[0][0] > 2);
        Assert.True(contour.Outcomes[3][1] - contour.Outcomes[3][0] > 1);
    }

    [Fact]
    public void The_hypervolume_grows()
    {
        using var study = new Study(Space, new StudyOptions { Sampler = new RandomSampler(), TotalTrials = 30, Objectives = [new("a"), new("b", Direction.Maximize)] });
        study.Run((trial, _) => TrialOutcome.Complete(trial.Float("large"), trial.Float("small") - trial.Float("large")));

        var volumes = StudyInsight.HypervolumeHistory(study, 1, -1);

        Assert.Equal(volumes.Order(), volumes);
        Assert.Equal(study.Hypervolume(1, -1), volumes[^1]);
    }

    [Fact]
    public void The_report_is_markdown()
    {
        using var study = Run();

        var report = StudyReport.ToMarkdown(study, rows: 3);

        Assert.Contains("128 trials: 128 complete", report, StringComparison.Ordinal);
        Assert.Contains("| trial | value | large | small | choice | none | |\n|---:|---:|---|---|---|---|---|\n| ", report, StringComparison.Ordinal);
        Assert.Contains("## What matters for value", report, StringComparison.Ordinal);
        Assert.Contains("## The best value over the trials\n\n| trial | value |\n|---:|---:|\n| 0 | ", report, StringComparison.Ordinal);
        Assert.Contains("### value along large\n\n| large | trials | best | median |\n|---|---:|---:|---:|\n| 0", report, StringComparison.Ordinal);
        var choices = report[report.IndexOf("### value along choice", StringComparison.Ordinal)..].Split('\n')[4..7];
        Assert.Equal(["a", "b", "c"], choices.Select(row => row.Split(" | ")[0].TrimStart('|', ' ')));
        Assert.Equal(128, choices.Sum(row => int.Parse(row.Split(" | ")[1], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.DoesNotContain("along none", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_of_several_objectives_has_the_front_and_each_ones_course()
    {
        using var study = new Study(Space, new StudyOptions { Sampler = new SobolSampler(), TotalTrials = 64, Objectives = [new("error"), new("speed", Direction.Maximize)] });
        study.Run((trial, _) => TrialOutcome.Complete(1 - trial.Float("large"), 1 - trial.Float("large") + trial.Float("small")));

        var report = StudyReport.ToMarkdown(study);

        Assert.Contains("## Pareto front\n\n| trial | error | speed |", report, StringComparison.Ordinal);
        Assert.Contains("| trial | error | speed |\n|---:|---:|---:|\n| 0 |", report, StringComparison.Ordinal);
        Assert.Contains("### error along large", report, StringComparison.Ordinal);
        Assert.Contains("### speed along small", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Small_numbers_are_not_zero_in_the_report()
    {
        using var study = new Study(new SearchSpace().Float("decay", 1e-9, 1e-6, logarithmic: true).Int("batch", 1, 200_000), new StudyOptions { TotalTrials = 1 });
        study.Enqueue(new Configuration(("decay", 9.6e-7), ("batch", 123_456)));
        study.Run(trial => trial.Float("decay") / 1000);

        Assert.Contains("| 0 | 9.6E-10 | 9.6E-07 | 123456 | |", StudyReport.ToMarkdown(study), StringComparison.Ordinal);
    }
}
