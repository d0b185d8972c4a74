using System.Collections.Immutable;

namespace CompressTasks.Tuning;

public sealed partial class Study
{
    const int RedrawsBySampler = 20;
    const int RedrawsAtRandom = 2000;
    const double LargestEnumeration = 20_000;

    /// <summary>As a power of one half.</summary>
    const double SmallestScale = 12;

    delegate double[] PointDraw(ref RandomStream random);

    /// <summary>Why <see cref="Ask"/> said null last.</summary>
    public ClaimStatus LastStatus { get; private set; }

    /// <summary>
    /// The next trial to run; null when there is none now (see <see cref="LastStatus"/>) or a limit of the study is reached. Whoever gets a trial
    /// tells its outcome.
    /// </summary>
    /// <exception cref="TuningException">No configuration satisfies the known constraints; or the storage failed.</exception>
    public Trial? Ask() => Ask(out _);

    Trial? Ask(out ClaimStatus status)
    {
        lock (_lock)
            return Claim(Suggest, out status);
    }

    /// <summary>A trial that waited from before the space changed takes the defaults of new parameters; one that does not lie in the space any more fails.</summary>
    Trial? Claim(Func<Proposal?> suggest, out ClaimStatus status)
    {
        while (true)
        {
            if (LimitReached())
            {
                LastStatus = status = ClaimStatus.Finished;
                return null;
            }

            Proposal? proposal = null;
            var request = new ClaimRequest(_worker, _options.TotalTrials, _options.Lease, _revision, changes =>
            {
                Apply(changes);
                Reveal();
                return proposal = suggest();
            })
            {
                Adapt = configuration => SpaceFit.Adapt(Space, configuration) ?? configuration,
            };
            var claim = _storage.Claim(Name, request);
            LastStatus = status = claim.Status;
            Refresh();
            if (claim.Trial is not { } trial)
                return null;
            if (trial.Configuration.Equals(proposal?.Configuration) || SpaceFit.Adapt(Space, trial.Configuration) is not null)
            {
                _keeper?.Hold(trial.Number, trial.Attempt);
                return new(this, trial);
            }

            _storage.Finish(Name, trial.Number, trial.Attempt, TrialOutcome.Failed("It was not run: it does not lie in the present space, or violates a constraint."));
            Refresh();
        }
    }

    /// <summary>Tells the value of the only objective. A value that is not a number makes a failed trial.</summary>
    public bool Tell(Trial trial, double value) => Tell(trial, TrialOutcome.Complete(value));

    /// <summary>Tells how a trial ended.</summary>
    /// <returns>False when the result came too late: the lease ran out and another worker has the trial. It is not counted then.</returns>
    /// <exception cref="TuningException">The numbers of values do not fit.</exception>
    public bool Tell(Trial trial, TrialOutcome outcome)
    {
        outcome = Checked(trial, outcome);
        _keeper?.Drop(trial.Number, trial.Attempt);
        lock (_lock)
        {
            var counted = _storage.Finish(Name, trial.Number, trial.Attempt, outcome);
            Refresh();
            trial.Record = _hidden.GetValueOrDefault(trial.Number, _history.Observations[trial.Number].Trial);
            return counted;
        }
    }

    /// <summary>Gives a trial back without an outcome, to be run by whoever asks next.</summary>
    public void Release(Trial trial)
    {
        _keeper?.Drop(trial.Number, trial.Attempt);
        lock (_lock)
        {
            _storage.Release(Name, trial.Number, trial.Attempt);
            Refresh();
        }
    }

    internal void CheckMeasured(int count)
    {
        if (count != _options.Measured.Length)
            throw new TuningException(TuningException.Outcome, $"{count} constraints were measured where the study '{Name}' has {_options.Measured.Length}.");
    }

    internal StoppingVerdict Report(Trial trial, int step, double[] values)
    {
        CheckValues(values);
        if (step < 0)
            throw new TuningException(TuningException.Outcome, $"Step {step} was reported: steps are counted from 0.");
        lock (_lock)
        {
            var held = _storage.Report(Name, trial.Number, trial.Attempt, new(step, [.. values]));
            if (!held)
                return StoppingVerdict.Because("Another worker took this trial over.");
            Refresh();
            trial.Record = _hidden.GetValueOrDefault(trial.Number, _history.Observations[trial.Number].Trial) with { Violations = trial.Violations };
            return _options.Stopping?.Judge(new(trial.Record, step, _history, _options)) ?? StoppingVerdict.Continue;
        }
    }

    void CheckValues(double[] values)
    {
        if (values.Length != Objectives.Length)
            throw new TuningException(TuningException.Outcome, $"{values.Length} values were told where the study '{Name}' has {Objectives.Length} objectives.");
    }

    TrialOutcome Checked(Trial trial, TrialOutcome outcome)
    {
        if (outcome.State is TrialState.Waiting or TrialState.Running)
            throw new TuningException(TuningException.Outcome, "A trial ends complete, pruned or failed.");
        if (outcome.State == TrialState.Complete || !outcome.Values.IsEmpty)
            CheckValues([.. outcome.Values]);
        if (outcome.Violations.IsEmpty && !trial.Violations.IsEmpty)
            outcome = outcome with { Violations = trial.Violations };
        if (outcome.State == TrialState.Complete || !outcome.Violations.IsEmpty)
            CheckMeasured(outcome.Violations.Length);
        if (outcome.State == TrialState.Complete && outcome.Values.Any(double.IsNaN))
            return outcome with { State = TrialState.Failed, Values = [], Note = "The value is not a number." };
        return outcome;
    }

    /// <summary>Runs inside the storage's transaction.</summary>
    Proposal? Suggest()
    {
        if (SuggestDefaults() is { } defaults)
            return defaults;
        for (var redraw = 0; redraw < RedrawsBySampler; redraw++)
        {
            var context = Context(redraw);
            var proposal = _sampler.Propose(context);
            if (proposal is null)
                return null;
            if (context.IsWelcome(proposal.Configuration))
                return proposal;
        }

        return SuggestAtRandom() ?? SuggestNearby() ?? SuggestUntried();
    }

    /// <summary>What holds without tuning, before anything that a sampler suggests.</summary>
    Proposal? SuggestDefaults()
    {
        if (Space.Defaults() is not { } defaults || !Space.Allows(defaults) || _history.Contains(defaults))
            return null;
        return _history.Observations.All(observation => observation.Trial.Origin == "enqueued") ? new(defaults, "default") : null;
    }

    SamplingContext Context(int redraw) => new(_history)
    {
        Number = _history.Observations.Count,
        Redraw = redraw,
        Seed = _options.Seed,
        TotalTrials = _options.TotalTrials,
        Noisy = _options.Noisy,
        Objectives = Objectives,
        Space = Space,
    };

    Proposal? SuggestAtRandom() => FirstWelcome("random", 0x7A17, (ref random) => _history.Encoding.Draw(ref random));

    /// <summary>Near trials that the constraints allow, at all scales: where so little of the space is allowed that no draw falls into it. Null in small spaces, whose points are counted.</summary>
    Proposal? SuggestNearby()
    {
        var allowed = _history.Observations.Where(observation => observation.Point is not null && Admits(observation.Trial)).Select(observation => observation.Point!).ToArray();
        if (allowed.Length == 0 || _history.Encoding.Size <= LargestEnumeration)
            return null;
        return FirstWelcome("nearby", 0x4EA2, (ref random) =>
        {
            var width = Math.Pow(2, -SmallestScale * random.NextDouble());
            return Neighbourhood.DrawSparse(_history.Encoding, allowed[random.Next(allowed.Length)], width, ref random);
        });
    }

    Proposal? FirstWelcome(string origin, long purpose, PointDraw drawPoint)
    {
        var random = new RandomStream(_options.Seed, _history.Observations.Count, purpose);
        var context = Context(RedrawsBySampler);
        for (var draw = 0; draw < RedrawsAtRandom; draw++)
        {
            var configuration = _history.Encoding.Decode(drawPoint(ref random));
            if (context.IsWelcome(configuration))
                return new(configuration, origin);
        }

        return null;
    }

    /// <summary>The first untried configuration of a small space; null when all were tried.</summary>
    /// <exception cref="TuningException">None is allowed.</exception>
    Proposal? SuggestUntried()
    {
        var tried = !_history.Observations.Any() ? "no trial was made" : $"{_history.Observations.Count} trials were made";
        if (_history.Encoding.Size > LargestEnumeration)
        {
            throw new TuningException(
                TuningException.Infeasible,
                $"Among {RedrawsAtRandom} random configurations of the study '{Name}' none was new and satisfied the known constraints; {tried}.",
                "Loosen the constraints, or enqueue configurations that satisfy them.");
        }

        var context = Context(RedrawsBySampler);
        var any = false;
        foreach (var configuration in Enumeration.All(_history.Encoding))
        {
            if (context.IsWelcome(configuration))
                return new(configuration, "remaining");
            any |= Space.Allows(configuration);
        }

        return any ? null : throw new TuningException(TuningException.Infeasible, $"No configuration of the study '{Name}' satisfies the known constraints.");
    }
}
