using Npgsql;

namespace CompressTasks.Tuning.Tests;

[Collection(PostgresTests.Name)]
public sealed class PostgresStorageTests(PostgresCluster cluster)
{
    /// <summary>A database of its own.</summary>
    string Create(string name)
    {
        using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = new Uri(cluster.Location).Port, Username = "tuning", Database = "postgres", Pooling = false });
        using var command = source.CreateCommand($"CREATE DATABASE {name}");
        command.ExecuteNonQuery();
        return cluster.Location.Replace("/postgres", "/" + name, StringComparison.Ordinal);
    }

    [PostgresFact]
    public void It_keeps_the_contract()
    {
        using var storage = StudyStorage.Open(Create("contract"));

        StorageContract.Check(storage);
    }

    [PostgresFact]
    public void Studies_do_what_they_do_everywhere()
    {
        using var storage = StudyStorage.Open(Create("studies"));

        StudyContract.Check(storage);
    }

    [PostgresFact]
    public void Many_may_make_the_tables_at_once()
    {
        var location = Create("tables");

        Parallel.For(0, 6, worker =>
        {
            using var storage = new PostgresStorage(location);
            storage.Open("study", "definition");
        });

        using var storage = new PostgresStorage(location);
        Assert.Equal(["study"], storage.Studies());
    }

    [PostgresFact]
    public void Four_processes_that_are_killed_run_every_trial_exactly_once()
    {
        var location = Create("killed");
        using var storage = new PostgresStorage(location);

        var trials = WorkerProcesses.RunAndKill(storage, location, workers: 4, kills: 4);

        WorkerProcesses.CheckEveryTrialOnce(trials, 4);
    }

    [PostgresFact]
    public void A_lost_connection_is_survived()
    {
        using var storage = new PostgresStorage(Create("lost"));
        using var study = new Study(Quadratic.Space, new StudyOptions { Storage = storage, TotalTrials = 12, Sampler = new RandomSampler() });

        study.Run(trial =>
        {
            if (trial.Number is 3 or 7)
            {
                cluster.Stop();
                // Comes back while the worker already tries to tell its result.
                _ = Task.Run(async () =>
                {
                    await Task.Delay(300);
                    cluster.Start();
                });
            }

            return Quadratic.Value(trial);
        });

        Assert.Equal(12, study.Trials.Count(trial => trial.State == TrialState.Complete));
    }

    [PostgresFact]
    public void A_server_that_refuses_is_an_error_at_once()
    {
        var error = Assert.Throws<TuningException>(() => new PostgresStorage(cluster.Location.Replace("/postgres", "/nowhere", StringComparison.Ordinal)));

        Assert.Equal(TuningException.Storage, error.Code);
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
    }
}
