using System.Diagnostics;
using System.Globalization;

namespace CompressTasks.Tuning.Tests;

/// <summary>Workers that are killed at random while they have a trial, and replaced.</summary>
static class WorkerProcesses
{
    const int Trials = 24;
    const int TrialMilliseconds = 60;
    const int LeaseMilliseconds = 1500;

    /// <returns>The trials at the end.</returns>
    public static IReadOnlyList<TrialRecord> RunAndKill(IStudyStorage storage, string location, int workers, int kills)
    {
        var processes = new List<(string Name, Process Process)>();
        var started = 0;
        try
        {
            for (var i = 0; i < workers; i++)
                processes.Add(Start(location, $"worker {started++}"));
            var random = new RandomStream(1, 2, 3);
            var deadline = Stopwatch.StartNew();
            while (true)
            {
                Assert.True(deadline.Elapsed < TimeSpan.FromMinutes(4), "The study did not end.");
                Thread.Sleep(50);
                var trials = storage.Studies().Contains("killed") ? storage.Read("killed", 0).Trials : [];
                if (trials.Count(trial => trial.IsFinished) == Trials && processes.TrueForAll(worker => worker.Process.HasExited))
                    return trials;
                var held = trials.Where(trial => trial.State == TrialState.Running).Select(trial => trial.Worker).ToHashSet();
                var victims = processes.FindAll(worker => held.Contains(worker.Name) && !worker.Process.HasExited);
                if (kills == 0 || victims.Count == 0 || trials.Count < 4 || random.NextDouble() < 0.5)
                    continue;
                kills--;
                var victim = victims[random.Next(victims.Count)];
                victim.Process.Kill();
                processes.Remove(victim);
                processes.Add(Start(location, $"worker {started++}"));
            }
        }
        finally
        {
            foreach (var (_, process) in processes)
            {
                process.Kill();
                process.Dispose();
            }
        }
    }

    /// <summary>Runs one worker at a time, with a lease that outlasts the test, and kills each but the last in the middle of one of the given trials.</summary>
    /// <returns>The trials at the end.</returns>
    public static IReadOnlyList<TrialRecord> RunOneAfterAnother(IStudyStorage storage, string location, params int[] killedIn)
    {
        var deadline = Stopwatch.StartNew();
        foreach (var number in killedIn.Append(Trials))
        {
            using var process = Start(location, TimeSpan.FromHours(1));
            try
            {
                while (!process.HasExited && !(storage.Studies().Contains("killed") && storage.Read("killed", 0).Trials.Any(trial => trial.Number == number && !trial.Reports.IsEmpty)))
                {
                    Assert.True(deadline.Elapsed < TimeSpan.FromMinutes(2), "The study did not end.");
                    Thread.Sleep(10);
                }
            }
            finally
            {
                process.Kill();
            }

            process.WaitForExit();
        }

        return storage.Read("killed", 0).Trials;
    }

    public static void CheckEveryTrialOnce(IReadOnlyList<TrialRecord> trials, int kills)
    {
        Assert.Equal(Enumerable.Range(0, Trials), trials.Select(trial => trial.Number));
        Assert.All(trials, trial => Assert.Equal(TrialState.Complete, trial.State));
        Assert.All(trials, trial => Assert.Equal([1, 2, 3, 4], trial.Reports.Select(report => report.Step)));
        Assert.Equal(Trials, trials.Select(trial => trial.Configuration).Distinct().Count());
        Assert.InRange(trials.Sum(trial => trial.Attempt - 1), 1, 100);
        Assert.InRange(kills, 1, 100);
    }

    static (string Name, Process Process) Start(string location, string name) => (name, Start(location, TimeSpan.FromMilliseconds(LeaseMilliseconds), name));

    static Process Start(string location, TimeSpan lease, params string[] name)
    {
        var worker = Path.Combine(AppContext.BaseDirectory, "TuningWorker.dll");
        string[] arguments = ["exec", worker, location, "killed", Text(Trials), Text((int)lease.TotalMilliseconds), Text(TrialMilliseconds), .. name];
        return Process.Start(new ProcessStartInfo("dotnet", arguments))!;
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
