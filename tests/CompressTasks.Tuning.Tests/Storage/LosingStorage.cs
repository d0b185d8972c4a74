using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace CompressTasks.Tuning.Tests;

/// <summary>A database whose connection breaks after a transaction was carried out and before its answer came.</summary>
sealed class LosingStorage : SqlStorage
{
    readonly string _file;

    public LosingStorage(string file)
    {
        _file = file;
        Migrate();
    }

    public bool LosesNext { get; set; }

    protected override string Place => _file;

    protected override string Now => "unixepoch('subsec')";

    protected override DbConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={_file};Pooling=False");
        connection.Open();
        connection.StateChange += (_, change) =>
        {
            // All is committed when the connection is given back.
            if (change.CurrentState != System.Data.ConnectionState.Closed || !LosesNext)
                return;
            LosesNext = false;
            throw new SqliteException("The answer was lost.", 5);
        };
        return connection;
    }

    protected override DbTransaction Begin(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: false);

    protected override void LockSchema(DbConnection connection, DbTransaction transaction)
    {
    }

    protected override bool IsPassing(DbException error) => true;
}
