using System.Data.Common;
using Npgsql;

namespace CompressTasks.Tuning;

/// <summary>Studies in a PostgreSQL database (12 or newer), for any number of workers on any number of machines.</summary>
public sealed class PostgresStorage : SqlStorage
{
    /// <summary>Any number that nobody else locks by.</summary>
    const long SchemaLock = 7_063_918_401;

    readonly NpgsqlDataSource _source;
    readonly string _place;

    /// <param name="location"><c>postgres://user:password@host:5432/database</c>, or a connection string of Npgsql (<c>Host=...;Database=...</c>).</param>
    /// <exception cref="TuningException">The location is malformed, or the server does not let in.</exception>
    public PostgresStorage(string location)
    {
        var settings = Parse(location);
        // A worker that sits in a training for hours must notice that the server went away.
        settings.KeepAlive = settings.KeepAlive == 0 ? 30 : settings.KeepAlive;
        _place = $"{settings.Host}/{settings.Database}";
        _source = NpgsqlDataSource.Create(settings);
        try
        {
            Migrate();
        }
        catch
        {
            _source.Dispose();
            throw;
        }
    }

    protected override string Place => _place;

    protected override string Now => "CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)";

    protected override DbConnection Connect() => _source.OpenConnection();

    protected override DbTransaction Begin(DbConnection connection) => connection.BeginTransaction();

    protected override void LockSchema(DbConnection connection, DbTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"SELECT pg_advisory_xact_lock({SchemaLock})";
        command.ExecuteNonQuery();
    }

    protected override bool IsPassing(DbException error) => error switch
    {
        // Refused: password, missing database, broken statement. Not so: shutting down, starting, deadlock, too many connections.
        PostgresException refused => refused.IsTransient || refused.SqlState is "57P01" or "57P02" or "57P03" or "40001" or "40P01" or "53300",
        _ => true,
    };

    protected override void Dispose(bool disposing)
    {
        _source.Dispose();
        base.Dispose(disposing);
    }

    static NpgsqlConnectionStringBuilder Parse(string location)
    {
        try
        {
            if (!location.StartsWith("postgres://", StringComparison.Ordinal) && !location.StartsWith("postgresql://", StringComparison.Ordinal))
                return new(location);
            var address = new Uri(location);
            var user = address.UserInfo.Split(':', 2);
            return new()
            {
                Host = address.Host,
                Port = address.Port > 0 ? address.Port : 5432,
                Database = Uri.UnescapeDataString(address.AbsolutePath.TrimStart('/')),
                Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
                Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            };
        }
        catch (Exception error) when (error is UriFormatException or ArgumentException or KeyNotFoundException or FormatException)
        {
            throw new TuningException(
                TuningException.Setting,
                $"The location of the PostgreSQL storage cannot be understood: {error.Message}",
                "Write postgres://user:password@host:5432/database.",
                error);
        }
    }
}
