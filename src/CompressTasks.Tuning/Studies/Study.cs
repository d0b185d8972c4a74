using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>
/// A search for good configurations: asks a sampler what to try, hands it out, takes results. Thread safe; several processes may work on one study in
/// a shared storage.
/// <code>
/// using var study = new Study(space, new StudyOptions { TotalTrials = 100, Seed = 1 });
/// while (study.Ask() is { } trial)
///     study.Tell(trial, Train(trial.Float("rate"), trial.Int("layers")));
/// Console.WriteLine(study.Best?.Configuration);
/// </code>
/// </summary>
public sealed partial class Study : IDisposable
{
    readonly Lock _lock = new();
    readonly StudyOptions _options;
    readonly ISampler _sampler;
    readonly IStudyStorage _storage;
    readonly History _history;
    readonly string _worker;
    readonly long _startedAt;
    readonly LeaseKeeper? _keeper;
    readonly Dictionary<int, TrialRecord> _hidden = [];
    long _revision;
    int _window;

    /// <summary>Opens the study of that name in the storage, or makes it.</summary>
    /// <exception cref="TuningException">An option is out of range; or the stored study has other objectives or a space that this one did not grow from.</exception>
    public Study(SearchSpace space, StudyOptions? options = null)
    {
        _options = options ?? new();
        _options.Check();
        if (space.Parameters.IsEmpty)
            throw new TuningException(TuningException.Space, "The search space has no parameter.");
        Space = space;
        _sampler = _options.Sampler ?? new AutoSampler();
        _storage = _options.Storage ?? new MemoryStorage();
        _worker = _options.Worker ?? WorkerProcess.NewName();
        _history = new(space, _options.Objectives);
        _startedAt = _options.Clock.GetTimestamp();
        var definition = StudyDefinition.Of(space, _options);
        var stored = StudyDefinition.FromJson(_storage.Open(_options.Name, definition.ToJson()));
        stored.CheckSuccessor(definition, _options.Name);
        definition = definition with { Identity = definition.Identity ?? stored.Identity };
        if (stored.ToJson() != definition.ToJson())
            _storage.Redefine(_options.Name, definition.ToJson());
        if (_storage.IsShared)
            _keeper = new(_storage, _options.Name, _options.Lease / 4);
        lock (_lock)
            Refresh();
    }

    public string Name => _options.Name;

    public SearchSpace Space { get; }

    public ImmutableArray<Objective> Objectives => _options.Objectives;

    /// <summary>All trials that this process knows of, in the order of their numbers; <see cref="Synchronize"/> fetches those of others.</summary>
    public ImmutableArray<TrialRecord> Trials
    {
        get
        {
            lock (_lock)
                return [.. _history.Observations.Select(observation => _hidden.GetValueOrDefault(observation.Trial.Number, observation.Trial))];
        }
    }

    /// <summary>
    /// The best complete and feasible trial of the present space (see <see cref="Admits"/>) by the first objective, or null. Its configuration is that of
    /// the present space: a parameter added since has its default.
    /// </summary>
    public TrialRecord? Best
    {
        get
        {
            lock (_lock)
                return Trials.Where(IsResult).MinBy(trial => Objectives[0].Loss(trial.Values[0])) is { } best ? Present(best) : null;
        }
    }

    /// <summary>The complete and feasible trials of the present space that no other one is better than in every objective, by the first objective.</summary>
    public ImmutableArray<TrialRecord> ParetoFront
    {
        get
        {
            TrialRecord[] candidates;
            lock (_lock)
                candidates = [.. Trials.Where(IsResult).Select(Present)];
            var ranks = ParetoOrder.Ranks([.. candidates.Select(Losses)]);
            return [.. candidates.Where((_, index) => ranks[index] == 0).OrderBy(trial => Losses(trial)[0]).ThenBy(trial => trial.Number)];
        }
    }

    /// <summary>
    /// Whether a trial of this study lies in the present space, which may not be the one that it was made in: every value in its range, limits included, every
    /// parameter that it lacks with a default, and no known constraint violated.
    /// </summary>
    public bool Admits(TrialRecord trial)
    {
        lock (_lock)
            return _history.Fitting(trial.Number) is not null;
    }

    /// <summary>
    /// The volume between the Pareto front and a reference point that is worse than it in every objective, in the product of their units; 0 without
    /// such trials.
    /// </summary>
    public double Hypervolume(params double[] reference)
    {
        if (reference.Length != Objectives.Length)
            throw new TuningException(TuningException.Setting, $"The reference point has {reference.Length} values for {Objectives.Length} objectives.");
        return ParetoOrder.Hypervolume(ParetoFront.Select(Losses), [.. reference.Select((value, index) => Objectives[index].Loss(value))]);
    }

    /// <summary>Fetches what other workers did.</summary>
    public void Synchronize()
    {
        lock (_lock)
            Refresh();
    }

    /// <summary>
    /// Adds points to be tried before the sampler suggests any. They count among the total, and those beyond it keep waiting. What was tried or added before is left out, unless the objective
    /// is noisy, so that a program may add the same points each time it starts.
    /// </summary>
    /// <exception cref="TuningException">One does not belong to the space or violates a known constraint.</exception>
    public void Enqueue(params Configuration[] configurations)
    {
        foreach (var configuration in configurations)
        {
            Space.Check(configuration);
            if (Space.Constraints.FirstOrDefault(constraint => constraint.Violation(configuration) > 0) is { } broken)
                throw new TuningException(TuningException.Configuration, $"The configuration {configuration} violates the known constraint '{broken.Name}'.");
        }

        lock (_lock)
        {
            Refresh();
            _storage.Enqueue(Name, _options.Noisy ? configurations : [.. configurations.Distinct().Where(configuration => !_history.Contains(configuration))]);
            Refresh();
        }
    }

    public void Dispose() => _keeper?.Dispose();

    /// <summary>Whether a trial is complete, satisfies the measured constraints, and lies in the present space.</summary>
    internal bool IsResult(TrialRecord trial)
    {
        lock (_lock)
            return trial.State == TrialState.Complete && _history.IsFeasible(trial);
    }

    TrialRecord Present(TrialRecord trial) => trial with { Configuration = _history.Fitting(trial.Number)! };

    double[] Losses(TrialRecord trial) => [.. trial.Values.Select((value, index) => Objectives[index].Loss(value))];

    void Refresh() => Apply(_storage.Read(Name, _revision));

    void Apply(StudyChanges changes)
    {
        foreach (var trial in changes.Trials)
            Apply(trial);
        _revision = changes.Revision;
    }

    /// <summary>In an ordered run, what is newer than the window is seen as running, so that suggestions do not depend on who was faster.</summary>
    void Apply(TrialRecord trial)
    {
        if (trial.Number <= LastVisible || trial.State == TrialState.Waiting)
        {
            _hidden.Remove(trial.Number);
            _history.Update(trial);
            return;
        }

        _hidden[trial.Number] = trial;
        _history.Update(trial with { State = TrialState.Running, Values = [], Violations = [], Reports = [] });
    }

    /// <summary>Hides what a run with this window may not see, though an earlier one saw it, and shows what it may; 0 for all.</summary>
    void LookThrough(int window)
    {
        var trials = Trials;
        _window = window;
        foreach (var trial in trials.Where(trial => trial.Number > LastVisible != _hidden.ContainsKey(trial.Number)))
            Apply(trial);
    }

    int LastVisible => _window == 0 ? int.MaxValue : _history.Observations.Count - _window;

    void Reveal()
    {
        foreach (var number in _hidden.Keys.Where(number => number <= LastVisible).Order().ToArray())
        {
            _history.Update(_hidden[number]);
            _hidden.Remove(number);
        }
    }
}
