namespace CompressTasks.Tuning.Tests;

/// <summary>What every storage does alike.</summary>
static class StorageContract
{
    static readonly Proposal Point = new(new Configuration(("x", 0.1), ("name", "a \"quoted\" text"), ("flag", true)), "random 3");

    public static void Check(IStudyStorage storage)
    {
        Trials_go_from_claim_to_finish(storage);
        Waiting_trials_come_first(storage);
        Only_changes_are_read(storage);
        Attempts_that_lost_their_trial_are_refused(storage);
        Totals_are_kept(storage);
        Threads_do_not_get_the_same_trial(storage);
        Studies_are_listed_and_deleted(storage);
    }

    static ClaimRequest Request(int? total = null, string worker = "w", Func<StudyChanges, Proposal?>? propose = null) =>
        new(worker, total, TimeSpan.FromMinutes(1), 0, propose ?? (_ => Point));

    static void Trials_go_from_claim_to_finish(IStudyStorage storage)
    {
        Assert.Equal("first", storage.Open("a", "first"));
        Assert.Equal("first", storage.Open("a", "second"));
        storage.Redefine("a", "third");
        Assert.Equal("third", storage.Open("a", "second"));

        var trial = storage.Claim("a", Request()).Trial!;
        Assert.Equal((0, TrialState.Running, 1, "random 3", "w"), (trial.Number, trial.State, trial.Attempt, trial.Origin, trial.Worker));
        Assert.Equal(Point.Configuration, trial.Configuration);
        Assert.True(storage.Report("a", 0, 1, new(1, [0.5, double.NaN])));
        Assert.True(storage.Report("a", 0, 1, new(2, [0.25, double.PositiveInfinity])));
        Assert.True(storage.Report("a", 0, 1, new(1, [0.75, 1e-300])));
        Assert.True(storage.KeepAlive("a", 0, 1));
        Assert.True(storage.Finish("a", 0, 1, new() { State = TrialState.Pruned, Violations = [-1, 2.5], Note = "why" }));

        var ended = storage.Read("a", 0).Trials.Single();
        Assert.Equal(TrialState.Pruned, ended.State);
        Assert.Equal("why", ended.Note);
        Assert.Equal(new[] { 0.25, double.PositiveInfinity }, ended.Values.ToArray());
        Assert.Equal(new[] { -1, 2.5 }, ended.Violations.ToArray());
        Assert.Equal([1, 2], ended.Reports.Select(report => report.Step));
        Assert.Equal(new[] { 0.75, 1e-300 }, ended.Reports[0].Values.ToArray());
        Assert.InRange(ended.Finished!.Value - ended.Started!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Assert.InRange((DateTimeOffset.UtcNow - ended.Started!.Value).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }

    static void Waiting_trials_come_first(IStudyStorage storage)
    {
        storage.Open("b", "");
        storage.Enqueue("b", [new Configuration(("x", 1)), new Configuration(("x", 2))]);

        var claims = Enumerable.Range(0, 3).Select(_ => storage.Claim("b", Request()).Trial!).ToArray();

        Assert.Equal([1.0, 2, 0.1], claims.Select(trial => trial.Configuration.Float("x")));
        Assert.Equal(["enqueued", "enqueued", "random 3"], claims.Select(trial => trial.Origin));
        Assert.All(claims, trial => Assert.Equal(1, trial.Attempt));
        storage.Release("b", 1, 1);
        Assert.Equal((1, 2), storage.Claim("b", Request()).Trial is { } again ? (again.Number, again.Attempt) : default);
    }

    static void Only_changes_are_read(IStudyStorage storage)
    {
        storage.Open("c", "");
        storage.Claim("c", Request());
        storage.Claim("c", Request());
        var before = storage.Read("c", 0);
        Assert.Equal([0, 1], before.Trials.Select(trial => trial.Number));
        Assert.Empty(storage.Read("c", before.Revision).Trials);

        storage.Finish("c", 1, 1, TrialOutcome.Complete(3));

        Assert.Equal([1], storage.Read("c", before.Revision).Trials.Select(trial => trial.Number));
        IReadOnlyList<TrialRecord> seen = [];
        Proposal? See(StudyChanges changes)
        {
            seen = changes.Trials;
            return null;
        }

        storage.Claim("c", Request(propose: See) with { Since = before.Revision });
        Assert.Equal(TrialState.Complete, Assert.Single(seen).State);
        StudyChanges? told = null;
        Proposal? Tell(StudyChanges changes)
        {
            told = changes;
            return Point;
        }

        var claimed = storage.Claim("c", Request(propose: Tell)).Trial!;
        Assert.Equal(claimed.Number, Assert.Single(storage.Read("c", told!.Revision).Trials).Number);
    }

    static void Attempts_that_lost_their_trial_are_refused(IStudyStorage storage)
    {
        storage.Open("d", "");
        storage.Claim("d", Request());
        storage.Release("d", 0, 1);
        Assert.False(storage.KeepAlive("d", 0, 1));
        storage.Claim("d", Request(worker: "other"));

        Assert.False(storage.Finish("d", 0, 1, TrialOutcome.Complete(1)));
        Assert.False(storage.Report("d", 0, 1, new(1, [1])));
        Assert.True(storage.Finish("d", 0, 2, TrialOutcome.Complete(2)));
        Assert.Equal(2, storage.Read("d", 0).Trials.Single().Values[0]);
        Assert.False(storage.KeepAlive("d", 0, 2));
    }

    static void Totals_are_kept(IStudyStorage storage)
    {
        storage.Open("e", "");
        Assert.Equal(ClaimStatus.Claimed, storage.Claim("e", Request(total: 1)).Status);
        Assert.Equal(ClaimStatus.Busy, storage.Claim("e", Request(total: 1)).Status);
        Assert.Equal(ClaimStatus.Busy, storage.Claim("e", Request(propose: _ => null)).Status);
        storage.Finish("e", 0, 1, TrialOutcome.Failed("no"));
        Assert.Equal(ClaimStatus.Finished, storage.Claim("e", Request(total: 1)).Status);
        Assert.Equal(ClaimStatus.Exhausted, storage.Claim("e", Request(propose: _ => null)).Status);
        Assert.Throws<InvalidOperationException>(() => storage.Claim("e", Request(propose: _ => throw new InvalidOperationException())));
        Assert.Single(storage.Read("e", 0).Trials);
    }

    static void Threads_do_not_get_the_same_trial(IStudyStorage storage)
    {
        storage.Open("f", "");
        var numbers = new System.Collections.Concurrent.ConcurrentBag<int>();

        Parallel.For(0, 4, worker =>
        {
            while (storage.Claim("f", Request(total: 20, worker: "w" + worker)).Trial is { } trial)
            {
                numbers.Add(trial.Number);
                Assert.True(storage.Finish("f", trial.Number, trial.Attempt, TrialOutcome.Complete(1)));
            }
        });

        Assert.Equal(Enumerable.Range(0, 20), numbers.Order());
        Assert.Equal(20, storage.Read("f", 0).Trials.Count(trial => trial.State == TrialState.Complete));
    }

    static void Studies_are_listed_and_deleted(IStudyStorage storage)
    {
        Assert.Equal(["a", "b", "c", "d", "e", "f"], storage.Studies());
        storage.Delete("b");
        storage.Delete("none");
        Assert.Equal(["a", "c", "d", "e", "f"], storage.Studies());
        Assert.Equal(TuningException.Storage, Assert.Throws<TuningException>(() => storage.Read("b", 0)).Code);
        Assert.Equal(TuningException.Storage, Assert.Throws<TuningException>(() => storage.Claim("b", Request())).Code);
    }
}
