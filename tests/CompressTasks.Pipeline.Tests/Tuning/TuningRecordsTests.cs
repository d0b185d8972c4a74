using System.Text.Json;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline.Tests.Tuning;

public sealed class TuningRecordsTests
{
    static readonly SearchSpace Space = new SearchSpace().Int("width", 1, 8, standard: 6);

    [Fact]
    public void The_trial_of_the_defaults_tells_the_error_without_tuning_and_no_other_one_does()
    {
        double? Default(SearchSpace space)
        {
            using var study = new Study(space, new StudyOptions { TotalTrials = 3, Sampler = new RandomSampler() });
            study.Run(trial => trial.Int("width"));
            return TuningRecords.Report(study).Default;
        }

        Assert.Equal(6, Default(Space));
        Assert.Null(Default(Space.Subject("width <= 5")));
    }

    [Fact]
    public void The_nearest_trial_is_a_whole_one_then_one_whose_cost_is_known_then_a_stopped_one()
    {
        using var study = new Study(Space, new StudyOptions { Measured = ["MACs"], Sampler = new RandomSampler() });
        int? NearestAfter(TrialOutcome outcome)
        {
            study.Tell(study.Ask()!, outcome);
            return RecipeTuning.Nearest(study)?.Number;
        }

        Assert.Null(NearestAfter(TrialOutcome.Failed("diverged")));
        Assert.Equal(1, NearestAfter(TrialOutcome.Pruned("stopped")));
        Assert.Equal(2, NearestAfter(TrialOutcome.Pruned("out of reach").Measured(2)));
        Assert.Equal(3, NearestAfter(TrialOutcome.Complete(0.1).Measured(0.4)));
        Assert.Equal(4, NearestAfter(TrialOutcome.Complete(0.2).Measured(0.3)));
        var report = TuningRecords.Report(study);
        Assert.Null(report.BestTrial);
        Assert.Equal("None of the 5 trials ended within the budgets; the one that missed them by least was taken.", report.ChoiceText());
    }

    [Fact]
    public void A_trial_outside_the_present_space_is_neither_best_nor_nearest()
    {
        using var storage = new MemoryStorage();
        var options = new StudyOptions { Storage = storage, Measured = ["MACs"] };
        using (var study = new Study(Space, options))
        {
            foreach (var width in (int[])[1, 7]) study.Enqueue(new Configuration(("width", width)));
            study.Tell(study.Ask()!, TrialOutcome.Complete(0.1).Measured(-1));
            study.Tell(study.Ask()!, TrialOutcome.Complete(0.2).Measured(1));
            Assert.Equal(0, TuningRecords.Report(study).BestTrial);
        }

        using var constrained = new Study(Space.Subject("width >= 5"), options);
        Assert.Null(TuningRecords.Report(constrained).BestTrial);
        Assert.All(TuningRecords.Report(constrained).Trials, trial => Assert.Null(trial.Best));
        Assert.Equal(1, RecipeTuning.Nearest(constrained)?.Number);
        using var none = new Study(Space.Subject("width <= 0"), options);
        Assert.Null(RecipeTuning.Nearest(none));
    }

    [Fact]
    public void A_table_has_no_column_twice()
    {
        using var study = new Study(new SearchSpace().Int("epochs", 1, 4).Float("rate", 0, 1).Boolean("note"), new StudyOptions { TotalTrials = 2, Sampler = new RandomSampler() });
        study.Run(trial => trial.Float("rate"));

        Assert.Equal("trial,state,error,best,epochs,seconds,values.epochs,rate,values.note,note", TuningRecords.Csv(TuningRecords.Report(study)).Split('\n')[0]);
    }

    [Fact]
    public void Plots_have_a_line_per_trial_and_the_contours_of_what_matters()
    {
        using var study = new Study(
            new SearchSpace().Float("rate", 0, 1).Categorical("optimizer", "sgd", "adam").Float("momentum", 0, 1).When("optimizer", "sgd").Boolean("bias"),
            new StudyOptions { TotalTrials = 20, Sampler = new RandomSampler() });
        study.Run(trial => trial.Float("rate") + (trial.Text("optimizer") == "sgd" ? 0 : 0.5));

        var plots = JsonSerializer.Deserialize<TuningReport>(JsonSerializer.Serialize(TuningRecords.Report(study), CompressionReport.Json), CompressionReport.Json)!.Plots!;

        Assert.Equal(["rate", "optimizer", "momentum", "bias"], plots.Axes.Select(axis => axis.Parameter));
        Assert.Equal(("sgd", "adam"), (plots.Axes[1].Low.GetString(), plots.Axes[1].High.GetString()));
        Assert.Equal(20, plots.Lines.Count);
        Assert.All(plots.Lines, line => Assert.Equal(line.Positions[1] > 0, line.Positions[2] is null));
        Assert.Equal(3, plots.Contours.Count);
        var contour = plots.Contours.Single(one => (one.Rows, one.Columns) is ("rate", "optimizer") or ("optimizer", "rate"));
        Assert.All(contour.Errors, row => Assert.Equal(contour.ColumnValues.Count, row.Count));
        Assert.Equal(contour.RowValues.Count, contour.Errors.Count);
    }

    [Fact]
    public void Trials_at_a_time_share_the_threads()
    {
        static TuningSettings Of(int threads) => new() { Parallel = 3, AvailableThreads = threads };
        Assert.Equal((2, 1, 5), (Of(8).ThreadsPerTrial(null), Of(2).ThreadsPerTrial(null), Of(8).ThreadsPerTrial(5)));
        Assert.Equal((8, 5), (Of(8).ThreadsAlone(null), Of(8).ThreadsAlone(5)));
    }

    [Fact]
    public void An_error_names_the_file_of_a_study_and_no_address_with_a_password()
    {
        static string? FileOf(string location) => Assert.ThrowsAny<CompressException>(() =>
            TuningErrors.Guard<int>(location, () => throw new TuningException(TuningException.Storage, "It cannot be read."))).File;
        Assert.Equal("study.db", FileOf("study.db"));
        Assert.Null(FileOf("postgres://tuner:secret@db/tuning"));
    }
}
