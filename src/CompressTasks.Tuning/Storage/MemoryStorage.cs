using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>Studies that end with the process.</summary>
public sealed class MemoryStorage : IStudyStorage
{
    readonly Lock _lock = new();
    readonly SortedDictionary<string, Stored> _studies = new(StringComparer.Ordinal);

    public bool IsShared => false;

    public string Open(string study, string definition)
    {
        lock (_lock)
        {
            if (!_studies.TryGetValue(study, out var stored))
                _studies.Add(study, stored = new Stored(definition));
            return stored.Definition;
        }
    }

    public void Redefine(string study, string definition)
    {
        lock (_lock)
            Find(study).Definition = definition;
    }

    public StudyChanges Read(string study, long since)
    {
        lock (_lock)
            return Find(study).Since(since);
    }

    public Claim Claim(string study, ClaimRequest request)
    {
        lock (_lock)
        {
            var stored = Find(study);
            var isRunning = stored.Trials.Exists(trial => trial.State == TrialState.Running);
            if (stored.Trials.Count(trial => trial.State != TrialState.Waiting) >= request.TotalTrials)
                return new(isRunning ? ClaimStatus.Busy : ClaimStatus.Finished);
            if (stored.Trials.Find(trial => trial.State == TrialState.Waiting) is { } waiting)
            {
                var attempt = waiting.Started is null ? waiting.Attempt : waiting.Attempt + 1;
                return new(ClaimStatus.Claimed, stored.Set(Running(waiting, request.Worker) with { Attempt = attempt, Configuration = request.Adapt(waiting.Configuration) }));
            }

            if (request.Propose(stored.Since(request.Since)) is not { } proposal)
                return new(isRunning ? ClaimStatus.Busy : ClaimStatus.Exhausted);
            var record = new TrialRecord
            {
                Number = stored.Trials.Count,
                Configuration = proposal.Configuration,
                State = TrialState.Running,
                Origin = proposal.Origin,
            };
            return new(ClaimStatus.Claimed, stored.Set(Running(record, request.Worker)));
        }
    }

    public void Enqueue(string study, IReadOnlyList<Configuration> configurations)
    {
        lock (_lock)
        {
            var stored = Find(study);
            foreach (var configuration in configurations)
                stored.Set(new() { Number = stored.Trials.Count, Configuration = configuration, State = TrialState.Waiting, Origin = "enqueued" });
        }
    }

    public bool Finish(string study, int number, int attempt, TrialOutcome outcome)
    {
        lock (_lock)
        {
            var stored = Find(study);
            if (stored.Held(number, attempt) is not { } trial)
                return false;
            stored.Set(trial.Ended(outcome, DateTimeOffset.UtcNow));
            return true;
        }
    }

    public bool Report(string study, int number, int attempt, IntermediateReport report)
    {
        lock (_lock)
        {
            var stored = Find(study);
            if (stored.Held(number, attempt) is not { } trial)
                return false;
            stored.Set(trial.WithReport(report with { Attempt = attempt }));
            return true;
        }
    }

    public bool KeepAlive(string study, int number, int attempt)
    {
        lock (_lock)
            return Find(study).Held(number, attempt) is not null;
    }

    public void Release(string study, int number, int attempt)
    {
        lock (_lock)
        {
            var stored = Find(study);
            if (stored.Held(number, attempt) is { } trial)
                stored.Set(trial with { State = TrialState.Waiting, Worker = null });
        }
    }

    public IReadOnlyList<string> Studies()
    {
        lock (_lock)
            return [.. _studies.Keys];
    }

    public void Delete(string study)
    {
        lock (_lock)
            _studies.Remove(study);
    }

    public void Dispose()
    {
    }

    static TrialRecord Running(TrialRecord trial, string worker) =>
        trial with { State = TrialState.Running, Worker = worker, Started = DateTimeOffset.UtcNow };

    Stored Find(string study) => _studies.TryGetValue(study, out var stored)
        ? stored
        : throw new TuningException(TuningException.Storage, $"There is no study '{study}' in memory.");

    sealed class Stored(string definition)
    {
        readonly List<long> _changed = [];
        long _revision;

        public string Definition { get; set; } = definition;

        public List<TrialRecord> Trials { get; } = [];

        public TrialRecord Set(TrialRecord trial)
        {
            _revision++;
            if (trial.Number == Trials.Count)
            {
                Trials.Add(trial);
                _changed.Add(_revision);
            }
            else
            {
                Trials[trial.Number] = trial;
                _changed[trial.Number] = _revision;
            }

            return trial;
        }

        public TrialRecord? Held(int number, int attempt) =>
            number >= 0 && number < Trials.Count && Trials[number] is { State: TrialState.Running } trial && trial.Attempt == attempt ? trial : null;

        public StudyChanges Since(long since) =>
            new(_revision, since == _revision ? [] : Trials.Where((_, number) => _changed[number] > since).ToImmutableArray());
    }
}
