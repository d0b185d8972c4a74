using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Trains every candidate for a few epochs and judges it on data that it was not trained on.</summary>
sealed class StudentTrials(PruneSetting setting, TrainingRecipe recipe, StudentStore store)
{
    /// <summary>Share of the training data that trials train on where there is no validation data.</summary>
    const double TrainedShare = 0.9;

    /// <returns>The candidates with their trials; those that were tried before a resumption are not tried again.</returns>
    public IReadOnlyList<StudentCandidate> Run(IReadOnlyList<StudentCandidate> candidates, CancellationToken cancellation)
    {
        var (training, judging) = setting.Validation is { } validation ? (setting.Data!, validation) : setting.Data!.Split(TrainedShare, setting.Seed);
        var tried = new List<StudentCandidate>();
        foreach (var candidate in candidates)
        {
            var trial = store.FindTrial(candidate) ?? Try(candidate, training, judging, cancellation);
            tried.Add(candidate with { Trial = trial });
            setting.Progress?.Report(new ProgressEvent("student", FormattableString.Invariant($"trial {candidate.Number} of {candidates.Count}: {trial}"), (double)tried.Count / candidates.Count));
        }

        return tried;
    }

    StudentTrial Try(StudentCandidate candidate, DataSet training, DataSet judging, CancellationToken cancellation)
    {
        var model = store.Candidate(candidate, setting.Seed);
        StudentTrial trial;
        try
        {
            var result = setting.Training!(FormattableString.Invariant($"trial {candidate.Number}"), recipe).Run(model, training, judging, cancellation);
            var value = result.BestValidation is { } best && double.IsFinite(best) ? best : (double?)null;
            trial = new StudentTrial(result.History.Count, result.ValidationMetric, value, result.History.Sum(epoch => epoch.Seconds));
        }
        catch (TrainingException exception) when (exception.Code == TrainingException.Diverged)
        {
            trial = new StudentTrial(0, null, null, 0);
        }

        store.Save(candidate, trial);
        return trial;
    }
}
