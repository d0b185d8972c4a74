using System.Data.Common;
using System.Globalization;

namespace CompressTasks.Tuning;

/// <summary>The tables, the same in every database, and the steps from one version to the next. Times are seconds since 1970 by the database's clock.</summary>
static class SqlSchema
{
    /// <summary>Step i leads to version i + 1. Steps that were released never change.</summary>
    public static readonly string[][] Steps =
    [
        [
            """
            CREATE TABLE tuning_study (
                name TEXT NOT NULL PRIMARY KEY,
                definition TEXT NOT NULL,
                revision BIGINT NOT NULL,
                created DOUBLE PRECISION NOT NULL)
            """,
            """
            CREATE TABLE tuning_trial (
                study TEXT NOT NULL REFERENCES tuning_study (name) ON DELETE CASCADE,
                number BIGINT NOT NULL,
                state TEXT NOT NULL,
                configuration TEXT NOT NULL,
                origin TEXT NOT NULL,
                attempt BIGINT NOT NULL,
                worker TEXT,
                lease DOUBLE PRECISION,
                held_until DOUBLE PRECISION,
                started DOUBLE PRECISION,
                finished DOUBLE PRECISION,
                outcome TEXT NOT NULL,
                violations TEXT NOT NULL,
                note TEXT,
                revision BIGINT NOT NULL,
                PRIMARY KEY (study, number))
            """,
            """
            CREATE TABLE tuning_report (
                study TEXT NOT NULL,
                number BIGINT NOT NULL,
                step BIGINT NOT NULL,
                outcome TEXT NOT NULL,
                PRIMARY KEY (study, number, step),
                FOREIGN KEY (study, number) REFERENCES tuning_trial (study, number) ON DELETE CASCADE)
            """,
        ],
        [
            "CREATE INDEX tuning_trial_revision ON tuning_trial (study, revision)",
            "CREATE INDEX tuning_trial_state ON tuning_trial (study, state)",
        ],
        ["ALTER TABLE tuning_report ADD COLUMN attempt BIGINT NOT NULL DEFAULT 1"],
    ];

    /// <summary>Brings the tables to the newest version. The caller holds a lock under which no one else does.</summary>
    /// <exception cref="TuningException">A later version of the program wrote here.</exception>
    public static void Migrate(DbConnection connection, DbTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "CREATE TABLE IF NOT EXISTS tuning_version (version BIGINT NOT NULL)";
        command.ExecuteNonQuery();
        command.CommandText = "SELECT MAX(version) FROM tuning_version";
        var version = command.ExecuteScalar() is long stored ? (int)stored : 0;
        if (version > Steps.Length)
        {
            throw new TuningException(
                TuningException.LaterVersion,
                string.Create(CultureInfo.InvariantCulture, $"The storage has version {version} of the tables; this program knows {Steps.Length}."),
                "Use the newer program, or another database.");
        }

        for (; version < Steps.Length; version++)
        {
            foreach (var statement in Steps[version])
            {
                command.CommandText = statement;
                command.ExecuteNonQuery();
            }

            command.CommandText = $"INSERT INTO tuning_version (version) VALUES ({(version + 1).ToString(CultureInfo.InvariantCulture)})";
            command.ExecuteNonQuery();
        }
    }
}
