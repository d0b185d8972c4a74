using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace CompressTasks.Tuning;

/// <summary>Studies in one SQLite file, for any number of processes on one machine. Not for network file systems, which do not lock reliably.</summary>
public sealed class SqliteStorage : SqlStorage
{
    const int Busy = 5;
    const int Locked = 6;

    readonly string _connection;
    readonly string _file;

    /// <param name="file">Made where it does not exist; its folder exists.</param>
    /// <exception cref="TuningException">The file is no database, of a later version, or cannot be written.</exception>
    public SqliteStorage(string file)
    {
        _file = file;
        _connection = new SqliteConnectionStringBuilder { DataSource = file, ForeignKeys = true, DefaultTimeout = 60 }.ToString();
        Migrate();
    }

    protected override string Place => $"'{_file}'";

    protected override string Now => "unixepoch('subsec')";

    protected override DbConnection Connect()
    {
        var connection = new SqliteConnection(_connection);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            // Readers do not wait for a writer then.
            command.CommandText = "PRAGMA journal_mode = WAL";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Not deferred: the lock to write is taken at once, so that two who read first cannot wait for each other.</summary>
    protected override DbTransaction Begin(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: false);

    protected override void LockSchema(DbConnection connection, DbTransaction transaction)
    {
        // The transaction is the only one that writes.
    }

    protected override bool IsPassing(DbException error) => error is SqliteException { SqliteErrorCode: Busy or Locked };

    protected override void Dispose(bool disposing)
    {
        using var connection = new SqliteConnection(_connection);
        SqliteConnection.ClearPool(connection);
        base.Dispose(disposing);
    }
}
