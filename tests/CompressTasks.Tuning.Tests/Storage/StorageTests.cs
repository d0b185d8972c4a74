using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace CompressTasks.Tuning.Tests;

public sealed class StorageTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("tuning-").FullName;

    string Database => Path.Combine(_folder, "study.db");

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Memory_keeps_the_contract()
    {
        using var storage = new MemoryStorage();

        StorageContract.Check(storage);
    }

    [Fact]
    public void Studies_do_in_memory_what_they_do_everywhere()
    {
        using var storage = new MemoryStorage();

        StudyContract.Check(storage);
    }

    [Fact]
    public void Sqlite_keeps_the_contract()
    {
        using var storage = new SqliteStorage(Database);

        StorageContract.Check(storage);
    }

    [Fact]
    public void Studies_do_in_Sqlite_what_they_do_everywhere()
    {
        using var storage = new SqliteStorage(Database);

        StudyContract.Check(storage);
    }

    [Fact]
    public void A_study_in_a_file_goes_on_in_the_next_process()
    {
        for (var run = 1; run <= 3; run++)
        {
            using var storage = StudyStorage.Open(Database);
            using var study = new Study(Quadratic.Mixed, new StudyOptions { Storage = storage, TotalTrials = 10 * run, Seed = 3, Sampler = new TpeSampler() });
            study.Run(Quadratic.MixedValue);
            Assert.Equal(10 * run, study.Trials.Length);
        }

        using var memory = new Study(Quadratic.Mixed, new StudyOptions { TotalTrials = 30, Seed = 3, Sampler = new TpeSampler() });
        memory.Run(Quadratic.MixedValue);
        using var reopened = StudyStorage.Open("sqlite:" + Database);

        Assert.Equal(memory.Trials.Select(trial => trial.Configuration), reopened.Read("study", 0).Trials.Select(trial => trial.Configuration));
    }

    [Fact]
    public void A_trial_whose_lease_ran_out_is_handed_out_again_and_its_late_result_refused()
    {
        using var storage = new SqliteStorage(Database);
        storage.Open("study", "");
        ClaimRequest Request(string worker) => new(worker, 1, TimeSpan.FromMilliseconds(100), 0, _ => new(new Configuration(("x", 1)), "test"));
        var first = storage.Claim("study", Request("dead")).Trial!;
        Thread.Sleep(150);

        var second = storage.Claim("study", Request("living")).Trial!;

        Assert.Equal((first.Number, 2, "living"), (second.Number, second.Attempt, second.Worker));
        Assert.False(storage.Finish("study", 0, 1, TrialOutcome.Complete(1)));
        Assert.True(storage.Finish("study", 0, 2, TrialOutcome.Complete(2)));
        Assert.False(storage.Finish("study", 0, 2, TrialOutcome.Complete(2)));
    }

    [Fact]
    public void An_outcome_whose_answer_was_lost_counts()
    {
        using var storage = new LosingStorage(Database);
        storage.Open("study", "");
        storage.Claim("study", new("w", null, TimeSpan.FromMinutes(1), 0, _ => new(new Configuration(("x", 1)), "test")));
        storage.LosesNext = true;

        Assert.True(storage.Finish("study", 0, 1, TrialOutcome.Complete(1)));
        Assert.False(storage.LosesNext);
        Assert.False(storage.Finish("study", 0, 1, TrialOutcome.Complete(1)));
    }

    [Fact]
    public void A_living_worker_keeps_its_trial_however_long_it_trains()
    {
        using var storage = new SqliteStorage(Database);
        using var study = new Study(Quadratic.Space, new StudyOptions { Storage = storage, Lease = TimeSpan.FromSeconds(5), Sampler = new RandomSampler(), TotalTrials = 1 });
        var trial = study.Ask()!;
        Thread.Sleep(6500);

        var claim = storage.Claim("study", new("other", 1, TimeSpan.FromSeconds(1), 0, _ => null));

        Assert.Equal(ClaimStatus.Busy, claim.Status);
        Assert.True(study.Tell(trial, 1));
    }

    [Fact]
    public void An_older_schema_is_migrated_and_a_later_one_refused()
    {
        using (var connection = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            connection.Open();
            foreach (var statement in (string[])["CREATE TABLE tuning_version (version BIGINT NOT NULL)", .. SqlSchema.Steps[0], "INSERT INTO tuning_version VALUES (1)", "INSERT INTO tuning_study VALUES ('old', 'definition', 1, 0)"])
            {
                using var command = connection.CreateCommand();
                command.CommandText = statement;
                command.ExecuteNonQuery();
            }
        }

        using (var storage = new SqliteStorage(Database))
            Assert.Equal("definition", storage.Open("old", "new"));
        using (var connection = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'tuning_trial_revision'";
            Assert.Equal(1L, command.ExecuteScalar());
            command.CommandText = "INSERT INTO tuning_version VALUES (99)";
            command.ExecuteNonQuery();
        }

        Assert.Equal(TuningException.LaterVersion, Assert.Throws<TuningException>(() => new SqliteStorage(Database)).Code);
    }

    [Fact]
    public void What_is_no_database_is_an_error()
    {
        File.WriteAllText(Database, new string('x', 5000));

        Assert.Equal(TuningException.Storage, Assert.Throws<TuningException>(() => new SqliteStorage(Database)).Code);
        Assert.Equal(TuningException.Storage, Assert.Throws<TuningException>(() => new SqliteStorage(Path.Combine(_folder, "none", "study.db"))).Code);
        Assert.Equal(TuningException.Setting, Assert.Throws<TuningException>(() => StudyStorage.Open("postgres://[")).Code);
    }

    [Fact]
    public void Two_processes_that_are_killed_run_every_trial_exactly_once()
    {
        using var storage = new SqliteStorage(Database);

        var trials = WorkerProcesses.RunAndKill(storage, Database, workers: 2, kills: 3);

        WorkerProcesses.CheckEveryTrialOnce(trials, 3);
    }

    [LinuxFact]
    public void A_worker_that_is_killed_and_started_again_suggests_what_an_uninterrupted_one_does()
    {
        using var storage = new SqliteStorage(Database);

        var trials = WorkerProcesses.RunOneAfterAnother(storage, Database, 3, 12, 13, 20);

        using var memory = new Study(new SearchSpace().Float("x", -5, 5).Float("y", -5, 5).Int("k", 1, 1000), new StudyOptions { Name = "killed", TotalTrials = 24, Sampler = new TpeSampler() });
        memory.Run(trial => Math.Pow(trial.Float("x") - 1, 2) + Math.Pow(trial.Float("y") + 2, 2));
        Assert.Equal(memory.Trials.Select(trial => trial.Configuration), trials.Select(trial => trial.Configuration));
        Assert.All(trials, trial => Assert.Equal(TrialState.Complete, trial.State));
        // A trial may just have ended when its worker was killed.
        Assert.InRange(trials.Sum(trial => trial.Attempt - 1), 1, 4);
        Assert.Equal(trials.Select(trial => trial.Number), trials.OrderBy(trial => trial.Started).Select(trial => trial.Number));
    }

    [LinuxFact]
    public void Opening_a_study_gives_back_what_a_dead_process_held()
    {
        using var storage = new SqliteStorage(Database);
        storage.Open("study", "");
        var own = WorkerProcess.NewName();
        var parts = own.Split('/');
        // The same process number, but of a process that started earlier.
        var dead = $"{parts[0]}/{parts[1]}/{parts[2].Split('-')[0]}-1/{parts[3]}";
        var elsewhere = $"{parts[0]}/{parts[1]}/0123456789abcdef-1/{parts[3]}";
        foreach (var worker in new[] { own, dead, elsewhere, "a/b", "my worker" })
            storage.Claim("study", new(worker, null, TimeSpan.FromHours(1), 0, _ => new(Configuration.Empty, "test")));
        // The next who claimed already took over what the dead one held.
        Assert.Equal([own, elsewhere, "a/b", "my worker"], storage.Read("study", 0).Trials.Select(trial => trial.Worker));
        storage.Claim("study", new(dead, null, TimeSpan.FromHours(1), 0, _ => new(Configuration.Empty, "test")));

        storage.Open("study", "");

        Assert.Equal([own, elsewhere, "a/b", "my worker", null], storage.Read("study", 0).Trials.Select(trial => trial.Worker));
        Assert.Equal(TrialState.Waiting, storage.Read("study", 0).Trials[4].State);
    }

    [LinuxFact]
    public void A_process_is_gone_when_it_ended_even_if_its_parent_did_not_notice()
    {
        using var parent = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "sleep 1 & echo $!; exec sleep 60"]) { RedirectStandardOutput = true })!;
        var child = int.Parse(parent.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        var (start, parentStart) = (WorkerProcess.StartOf(child)!, WorkerProcess.StartOf(parent.Id)!);

        Assert.False(WorkerProcess.IsGone(child, start));
        Assert.True(SpinWait.SpinUntil(() => WorkerProcess.IsGone(child, start), TimeSpan.FromSeconds(30)));
        Assert.False(WorkerProcess.IsGone(parent.Id, parentStart));
        parent.Kill();
        parent.WaitForExit();
        Assert.True(WorkerProcess.IsGone(parent.Id, parentStart));
    }
}
