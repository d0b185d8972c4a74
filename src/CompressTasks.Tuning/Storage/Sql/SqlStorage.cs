using System.Data.Common;

namespace CompressTasks.Tuning;

/// <summary>
/// Studies in a database. Whoever changes a study locks its row first, so that changes come one after the other and revisions without gaps. A worker holds
/// a trial for the time of its lease by the database's clock; when it is over without a sign of life, or when the worker was a process of this machine that
/// ended (see <see cref="WorkerProcess"/>), the trial waits for the next who asks, and the old worker's attempt number no longer fits.
/// </summary>
public abstract class SqlStorage : IStudyStorage
{
    static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    static readonly TimeSpan FirstContact = TimeSpan.FromSeconds(10);

    bool _wasReached;

    /// <summary>How long a lost connection is waited for before an operation fails.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    public bool IsShared => true;

    /// <summary>What errors call the place; without secrets.</summary>
    protected abstract string Place { get; }

    /// <summary>The SQL for the present, in seconds since 1970.</summary>
    protected abstract string Now { get; }

    public string Open(string study, string definition) => Run(session =>
    {
        session.Execute(
            "INSERT INTO tuning_study (name, definition, revision, created) VALUES (@study, @definition, 1, {now}) ON CONFLICT (name) DO NOTHING",
            ("study", study),
            ("definition", definition));
        if (LostWorkers(session, study).Count > 0)
            ReleaseLost(session, study, session.Lock(study));
        return (string)session.Scalar("SELECT definition FROM tuning_study WHERE name = @study", ("study", study))!;
    });

    public void Redefine(string study, string definition) => Run(session =>
    {
        session.Lock(study);
        return session.Execute("UPDATE tuning_study SET definition = @definition WHERE name = @study", ("study", study), ("definition", definition));
    });

    public StudyChanges Read(string study, long since) => Run(session => session.Changes(study, since));

    public Claim Claim(string study, ClaimRequest request) => Run(session =>
    {
        var revision = session.Lock(study);
        ReleaseLost(session, study, revision);
        var begun = (long)session.Scalar("SELECT COUNT(*) FROM tuning_trial WHERE study = @study AND state <> 'Waiting'", ("study", study))!;
        if (begun >= request.TotalTrials)
            return new(AnyRunning(session, study) ? ClaimStatus.Busy : ClaimStatus.Finished);
        if (session.Scalar("SELECT MIN(number) FROM tuning_trial WHERE study = @study AND state = 'Waiting'", ("study", study)) is long waiting)
            return TakeWaiting(session, study, waiting, revision, request);

        // The new trial gets this transaction's revision, and all of it may yet be rolled back: the worker knows the study up to the one before.
        if (request.Propose(session.Changes(study, request.Since, revision - 1)) is not { } proposal)
            return new(AnyRunning(session, study) ? ClaimStatus.Busy : ClaimStatus.Exhausted);
        session.Execute(
            """
            INSERT INTO tuning_trial (study, number, state, configuration, origin, attempt, worker, lease, held_until, started, outcome, violations, revision)
            VALUES (@study, @number, 'Running', @configuration, @origin, 1, @worker, @lease, {now} + @lease, {now}, '', '', @revision)
            """,
            ("study", study),
            ("number", begun),
            ("configuration", proposal.Configuration.ToJson()),
            ("origin", proposal.Origin),
            ("worker", request.Worker),
            ("lease", request.Lease.TotalSeconds),
            ("revision", revision));
        return new(ClaimStatus.Claimed, session.Trial(study, begun));
    });

    public void Enqueue(string study, IReadOnlyList<Configuration> configurations) => Run(session =>
    {
        var revision = session.Lock(study);
        var count = (long)session.Scalar("SELECT COUNT(*) FROM tuning_trial WHERE study = @study", ("study", study))!;
        foreach (var configuration in configurations)
        {
            session.Execute(
                """
                INSERT INTO tuning_trial (study, number, state, configuration, origin, attempt, outcome, violations, revision)
                VALUES (@study, @number, 'Waiting', @configuration, 'enqueued', 1, '', '', @revision)
                """,
                ("study", study),
                ("number", count++),
                ("configuration", configuration.ToJson()),
                ("revision", revision));
        }

        return count;
    });

    public bool Finish(string study, int number, int attempt, TrialOutcome outcome)
    {
        var wasSent = false;
        return Run(session =>
        {
            var revision = session.Lock(study);
            if (session.Holds(study, number, attempt))
            {
                End(session, study, number, outcome, revision);
                wasSent = true;
                return true;
            }

            // The first try may have arrived and only its answer been lost.
            return wasSent && session.Scalar(
                "SELECT 1 FROM tuning_trial WHERE study = @study AND number = @number AND attempt = @attempt AND state = @state",
                ("study", study),
                ("number", number),
                ("attempt", attempt),
                ("state", outcome.State.ToString())) is not null;
        });
    }

    public bool Report(string study, int number, int attempt, IntermediateReport report) => Run(session =>
    {
        var revision = session.Lock(study);
        if (!session.Holds(study, number, attempt))
            return false;
        session.Execute(
            "DELETE FROM tuning_report WHERE study = @study AND number = @number AND step > @step AND attempt < @attempt",
            ("study", study),
            ("number", number),
            ("step", report.Step),
            ("attempt", attempt));
        session.Execute(
            """
            INSERT INTO tuning_report (study, number, step, outcome, attempt) VALUES (@study, @number, @step, @outcome, @attempt)
            ON CONFLICT (study, number, step) DO UPDATE SET outcome = excluded.outcome, attempt = excluded.attempt
            """,
            ("study", study),
            ("number", number),
            ("step", report.Step),
            ("attempt", attempt),
            ("outcome", SqlSession.Text(report.Values)));
        session.Execute(
            "UPDATE tuning_trial SET revision = @revision, held_until = {now} + lease WHERE study = @study AND number = @number",
            ("study", study),
            ("number", number),
            ("revision", revision));
        return true;
    });

    public bool KeepAlive(string study, int number, int attempt) => Run(session => session.Execute(
        "UPDATE tuning_trial SET held_until = {now} + lease WHERE study = @study AND number = @number AND attempt = @attempt AND state = 'Running'",
        ("study", study),
        ("number", number),
        ("attempt", attempt)) > 0);

    public void Release(string study, int number, int attempt) => Run(session =>
    {
        var revision = session.Lock(study);
        return session.Execute(
            """
            UPDATE tuning_trial SET state = 'Waiting', worker = NULL, held_until = NULL, revision = @revision
            WHERE study = @study AND number = @number AND attempt = @attempt AND state = 'Running'
            """,
            ("study", study),
            ("number", number),
            ("attempt", attempt),
            ("revision", revision));
    });

    public IReadOnlyList<string> Studies() => Run(session => session.Rows("SELECT name FROM tuning_study ORDER BY name", row => row.GetString(0)));

    public void Delete(string study) => Run(session =>
    {
        session.Execute("DELETE FROM tuning_report WHERE study = @study", ("study", study));
        session.Execute("DELETE FROM tuning_trial WHERE study = @study", ("study", study));
        return session.Execute("DELETE FROM tuning_study WHERE name = @study", ("study", study));
    });

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>A new open connection.</summary>
    protected abstract DbConnection Connect();

    /// <summary>Begins a transaction that may write.</summary>
    protected abstract DbTransaction Begin(DbConnection connection);

    /// <summary>Keeps everybody else from migrating until the end of the transaction.</summary>
    protected abstract void LockSchema(DbConnection connection, DbTransaction transaction);

    /// <summary>Whether trying again may help: a connection that broke, a server that starts, a lock held by another.</summary>
    protected abstract bool IsPassing(DbException error);

    /// <summary>Called once by the classes derived from this one.</summary>
    protected void Migrate() => Retry(() =>
    {
        using var connection = Connect();
        using var transaction = Begin(connection);
        LockSchema(connection, transaction);
        SqlSchema.Migrate(connection, transaction);
        transaction.Commit();
        return 0;
    });

    /// <summary>Lets the trials of workers that died wait for the next who asks.</summary>
    static void ReleaseLost(SqlSession session, string study, long revision)
    {
        session.Execute(
            "UPDATE tuning_trial SET state = 'Waiting', worker = NULL, revision = @revision WHERE study = @study AND state = 'Running' AND held_until < {now}",
            ("study", study),
            ("revision", revision));
        foreach (var worker in LostWorkers(session, study))
        {
            session.Execute(
                "UPDATE tuning_trial SET state = 'Waiting', worker = NULL, revision = @revision WHERE study = @study AND state = 'Running' AND worker = @worker",
                ("study", study),
                ("revision", revision),
                ("worker", worker));
        }
    }

    /// <summary>Those whose processes ran on this machine and ended while they held trials.</summary>
    static List<string> LostWorkers(SqlSession session, string study) =>
        session.Rows("SELECT DISTINCT worker FROM tuning_trial WHERE study = @study AND state = 'Running'", row => row.GetString(0), ("study", study)).FindAll(WorkerProcess.IsGone);

    static void End(SqlSession session, string study, int number, TrialOutcome outcome, long revision)
    {
        var ended = session.Trial(study, number).Ended(outcome, DateTimeOffset.UnixEpoch);
        session.Execute(
            """
            UPDATE tuning_trial
            SET state = @state, outcome = @outcome, violations = @violations, note = @note, finished = {now}, held_until = NULL, revision = @revision
            WHERE study = @study AND number = @number
            """,
            ("study", study),
            ("number", number),
            ("state", ended.State.ToString()),
            ("outcome", SqlSession.Text(ended.Values)),
            ("violations", SqlSession.Text(ended.Violations)),
            ("note", ended.Note),
            ("revision", revision));
    }

    static Claim TakeWaiting(SqlSession session, string study, long number, long revision, ClaimRequest request)
    {
        session.Execute(
            """
            UPDATE tuning_trial SET state = 'Running', worker = @worker, lease = @lease, held_until = {now} + @lease, revision = @revision,
                attempt = CASE WHEN started IS NULL THEN attempt ELSE attempt + 1 END, started = {now}, configuration = @configuration
            WHERE study = @study AND number = @number
            """,
            ("study", study),
            ("number", number),
            ("configuration", request.Adapt(session.Trial(study, number).Configuration).ToJson()),
            ("worker", request.Worker),
            ("lease", request.Lease.TotalSeconds),
            ("revision", revision));
        return new(ClaimStatus.Claimed, session.Trial(study, number));
    }

    static bool AnyRunning(SqlSession session, string study) =>
        session.Scalar("SELECT 1 FROM tuning_trial WHERE study = @study AND state = 'Running' LIMIT 1", ("study", study)) is not null;

    T Run<T>(Func<SqlSession, T> work) => Retry(() =>
    {
        using var connection = Connect();
        using var transaction = Begin(connection);
        var result = work(new(connection, transaction, Now));
        transaction.Commit();
        return result;
    });

    T Retry<T>(Func<T> work)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var result = work();
                _wasReached = true;
                return result;
            }
            catch (DbException error)
            {
                var patience = _wasReached || Patience < FirstContact ? Patience : FirstContact;
                if (!IsPassing(error) || TimeProvider.System.GetElapsedTime(started) + pause > patience)
                {
                    throw new TuningException(
                        TuningException.Storage,
                        $"The storage {Place} failed: {error.Message}",
                        "See that it is there and may be written, then run the same command again: the study goes on.",
                        error);
                }

                Thread.Sleep(pause);
            }
        }
    }
}
