using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;

namespace CompressTasks.Tuning;

/// <summary>One transaction: statements with named parameters, and rows as records.</summary>
/// <param name="now">The SQL for the present, in seconds since 1970.</param>
sealed class SqlSession(DbConnection connection, DbTransaction transaction, string now)
{
    const string Columns = "number, state, configuration, origin, attempt, worker, started, finished, outcome, violations, note";

    /// <summary>Locks the study against all others until the end of the transaction.</summary>
    /// <returns>The revision that the changes of this transaction get.</returns>
    public long Lock(string study) =>
        Scalar("UPDATE tuning_study SET revision = revision + 1 WHERE name = @study RETURNING revision", ("study", study)) as long? ?? throw Missing(study);

    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }

    public List<T> Rows<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    public StudyChanges Changes(string study, long since)
    {
        // Read before the trials: what comes in between is then read once more, and never missed.
        var revision = Scalar("SELECT revision FROM tuning_study WHERE name = @study", ("study", study)) as long? ?? throw Missing(study);
        return revision == since ? new(revision, []) : Changes(study, since, revision);
    }

    /// <param name="study">Its name.</param>
    /// <param name="since">The revision up to which changes are known.</param>
    /// <param name="revision">Up to which they are known then. Inside a transaction that changes the study that is the one before its own.</param>
    public StudyChanges Changes(string study, long since, long revision)
    {
        var reports = Rows(
            """
            SELECT r.number, r.step, r.outcome, r.attempt FROM tuning_report r JOIN tuning_trial t ON t.study = r.study AND t.number = r.number
            WHERE r.study = @study AND t.revision > @since ORDER BY r.number, r.step
            """,
            row => (Number: row.GetInt64(0), Report: Report(row, 1)),
            ("study", study),
            ("since", since)).ToLookup(pair => pair.Number, pair => pair.Report);
        var trials = Rows(
            $"SELECT {Columns} FROM tuning_trial WHERE study = @study AND revision > @since ORDER BY number",
            Trial,
            ("study", study),
            ("since", since));
        return new(revision, [.. trials.Select(trial => trial with { Reports = [.. reports[trial.Number]] })]);
    }

    public TrialRecord Trial(string study, long number)
    {
        var trial = Rows($"SELECT {Columns} FROM tuning_trial WHERE study = @study AND number = @number", Trial, ("study", study), ("number", number))[0];
        var reports = Rows(
            "SELECT step, outcome, attempt FROM tuning_report WHERE study = @study AND number = @number ORDER BY step",
            row => Report(row, 0),
            ("study", study),
            ("number", number));
        return trial with { Reports = [.. reports] };
    }

    /// <summary>Whether this attempt still holds the trial.</summary>
    public bool Holds(string study, int number, int attempt) =>
        Scalar(
            "SELECT 1 FROM tuning_trial WHERE study = @study AND number = @number AND attempt = @attempt AND state = 'Running'",
            ("study", study),
            ("number", number),
            ("attempt", attempt)) is not null;

    public static string Text(IEnumerable<double> numbers) => string.Join(' ', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)));

    public static TuningException Missing(string study) => new(TuningException.Storage, $"There is no study '{study}' in the storage.");

    static ImmutableArray<double> Numbers(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];

    static IntermediateReport Report(DbDataReader row, int from) => new((int)row.GetInt64(from), Numbers(row.GetString(from + 1))) { Attempt = (int)row.GetInt64(from + 2) };

    static TrialRecord Trial(DbDataReader row) => new()
    {
        Number = (int)row.GetInt64(0),
        State = Enum.Parse<TrialState>(row.GetString(1)),
        Configuration = Configuration.FromJson(row.GetString(2)),
        Origin = row.GetString(3),
        Attempt = (int)row.GetInt64(4),
        Worker = row.IsDBNull(5) ? null : row.GetString(5),
        Started = Time(row, 6),
        Finished = Time(row, 7),
        Values = Numbers(row.GetString(8)),
        Violations = Numbers(row.GetString(9)),
        Note = row.IsDBNull(10) ? null : row.GetString(10),
    };

    static DateTimeOffset? Time(DbDataReader row, int column) => row.IsDBNull(column) ? null : DateTimeOffset.UnixEpoch.AddSeconds(row.GetDouble(column));

    DbCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql.Replace("{now}", now, StringComparison.Ordinal);
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value switch
            {
                null => DBNull.Value,
                int number => (long)number,
                _ => value,
            };
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
