namespace CompressTasks.Tuning;

public sealed partial class Study
{
    static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Runs trials until the study is finished, exhausted or at a limit. An objective that throws makes a failed trial; <see cref="TrialPrunedException"/>
    /// makes a pruned one. A cancelled one is given back, and so is one that ends the run by a <see cref="TuningException"/>.
    /// </summary>
    /// <param name="objective">Called from several threads when <paramref name="parallel"/> is above 1.</param>
    /// <param name="parallel">How many trials run at a time in this process.</param>
    public void Run(Func<Trial, double> objective, int parallel = 1, CancellationToken cancellation = default) =>
        Run((trial, _) => TrialOutcome.Complete(objective(trial)), parallel, false, cancellation);

    /// <summary>As the other one, for several objectives, measured constraints and objectives that can be cancelled.</summary>
    /// <param name="ordered">
    /// Trial n is suggested from trials up to n - <paramref name="parallel"/> and waits for them, so that a parallel study suggests the same on every run.
    /// Costs waiting where trials take unequally long. Does not cover stopping rules, which see what is finished.
    /// </param>
    public void Run(Func<Trial, CancellationToken, TrialOutcome> objective, int parallel = 1, bool ordered = false, CancellationToken cancellation = default)
    {
        if (parallel < 1)
            throw new TuningException(TuningException.Setting, "At least one trial runs at a time.");
        lock (_lock)
            LookThrough(ordered ? parallel : 0);
        if (parallel == 1)
        {
            Work(objective, cancellation);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var workers = Enumerable.Range(0, parallel).Select(_ => Task.Factory.StartNew(
            () =>
            {
                try
                {
                    Work(objective, stop.Token);
                }
                catch
                {
                    // One worker's error ends the others' work; it is thrown below.
                    stop.Cancel();
                    throw;
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)).ToArray();
        try
        {
            Task.WaitAll(workers, CancellationToken.None);
        }
        catch (AggregateException error)
        {
            var first = error.InnerExceptions.FirstOrDefault(inner => inner is not OperationCanceledException) ?? error.InnerExceptions[0];
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
    }

    void Work(Func<Trial, CancellationToken, TrialOutcome> objective, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var trial = AskInOrder(cancellation, out var status);
            if (trial is null)
            {
                if (status != ClaimStatus.Busy || !_storage.IsShared)
                    return;
                // Another process runs the last trials, and may die with one.
                cancellation.WaitHandle.WaitOne(BusyPause);
                continue;
            }

            RunOne(trial, objective, cancellation);
        }
    }

    void RunOne(Trial trial, Func<Trial, CancellationToken, TrialOutcome> objective, CancellationToken cancellation)
    {
        try
        {
            Tell(trial, Outcome(trial, objective, cancellation));
        }
        catch (TuningException error) when (error.Code == TuningException.Storage)
        {
            // It was waited for long enough: giving back would wait once more, and the lease ends by itself.
            _keeper?.Drop(trial.Number, trial.Attempt);
            throw;
        }
        catch
        {
            Release(trial);
            throw;
        }
    }

    static TrialOutcome Outcome(Trial trial, Func<Trial, CancellationToken, TrialOutcome> objective, CancellationToken cancellation)
    {
        try
        {
            return objective(trial, cancellation);
        }
        catch (TrialPrunedException stopped)
        {
            return TrialOutcome.Pruned(stopped.Reason);
        }
        catch (Exception error) when (error is not (OutOfMemoryException or TuningException) && !(error is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            // A configuration that breaks the training is a result: samplers learn to keep away from it.
            return TrialOutcome.Failed($"{error.GetType().Name}: {error.Message}");
        }
    }

    /// <summary>
    /// As <see cref="Ask()"/>; in an ordered run it waits until all trials up to the window are finished. Looked at and asked under one lock: another
    /// worker's question in between would move the window.
    /// </summary>
    Trial? AskInOrder(CancellationToken cancellation, out ClaimStatus status)
    {
        var lookedAt = Environment.TickCount64;
        while (true)
        {
            lock (_lock)
            {
                if (!Awaited().Any())
                    return Ask(out status);
                if (Environment.TickCount64 - lookedAt >= BusyPause.TotalMilliseconds && !Awaited().All(IsRunHere))
                {
                    // Another process runs them. Or it died: then the claim takes one of them, whereas waiting would never end.
                    if (Claim(() => null, out status) is { } taken)
                        return taken;
                    if (status == ClaimStatus.Finished)
                        return null;
                    lookedAt = Environment.TickCount64;
                }
            }

            cancellation.WaitHandle.WaitOne(1);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The running trials that the next one of an ordered run waits for.</summary>
    IEnumerable<TrialRecord> Awaited()
    {
        if (_window == 0)
            yield break;
        for (var number = Math.Min(LastVisible, _history.Observations.Count - 1); number >= 0; number--)
            if (_hidden.GetValueOrDefault(number, _history.Observations[number].Trial) is { State: TrialState.Running } running)
                yield return running;
    }

    bool IsRunHere(TrialRecord trial) => _keeper is null || _keeper.Holds(trial.Number, trial.Attempt);

    /// <summary>Whether time, target or patience end the study.</summary>
    bool LimitReached()
    {
        if (_options.TimeLimit is { } limit && _options.Clock.GetElapsedTime(_startedAt) >= limit)
            return true;
        if (_options.Target is null && _options.Patience is null)
            return false;
        var (best, at, finished) = (double.PositiveInfinity, 0, 0);
        foreach (var observation in _history.Observations)
        {
            if (!observation.Trial.IsFinished)
                continue;
            finished++;
            if (!IsResult(observation.Trial) || !(observation.Losses[0] < best))
                continue;
            best = observation.Losses[0];
            at = finished;
        }

        return (_options.Target is { } target && best <= Objectives[0].Loss(target)) || finished - at >= _options.Patience;
    }
}
