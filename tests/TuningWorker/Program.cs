using System.Globalization;
using CompressTasks.Tuning;

// One worker of a shared study, to be killed at any moment: LOCATION STUDY TRIALS LEASE-MS TRIAL-MS [WORKER].
using var storage = StudyStorage.Open(args[0]);
int Number(int index) => int.Parse(args[index], CultureInfo.InvariantCulture);
var space = new SearchSpace().Float("x", -5, 5).Float("y", -5, 5).Int("k", 1, 1000);
using var study = new Study(space, new StudyOptions
{
    Name = args[1],
    TotalTrials = Number(2),
    Lease = TimeSpan.FromMilliseconds(Number(3)),
    Sampler = new TpeSampler(),
    Storage = storage,
    Worker = args.Length > 5 ? args[5] : null,
});
study.Run(trial =>
{
    for (var step = 1; step <= 4; step++)
    {
        Thread.Sleep(Number(4) / 4);
        trial.Report(step, Math.Pow(trial.Float("x") - 1, 2) + Math.Pow(trial.Float("y") + 2, 2) + (1.0 / step));
    }

    return Math.Pow(trial.Float("x") - 1, 2) + Math.Pow(trial.Float("y") + 2, 2);
});
