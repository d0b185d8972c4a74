namespace CompressTasks.Tuning;

/// <summary>Opens a storage by what a user writes.</summary>
public static class StudyStorage
{
    /// <param name="location">
    /// <c>memory</c>; <c>postgres://user:password@host:5432/database</c>; else a SQLite file, <c>sqlite:</c> before it or not. The password may
    /// come from the variable PGPASSWORD instead.
    /// </param>
    /// <exception cref="TuningException">It cannot be opened.</exception>
    public static IStudyStorage Open(string location)
    {
        if (location == "memory")
            return new MemoryStorage();
        if (location.StartsWith("postgres://", StringComparison.Ordinal) || location.StartsWith("postgresql://", StringComparison.Ordinal))
            return new PostgresStorage(location);
        return new SqliteStorage(location.StartsWith("sqlite:", StringComparison.Ordinal) ? location["sqlite:".Length..] : location);
    }
}
