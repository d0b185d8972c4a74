namespace CompressTasks.MSBuild;

/// <summary>The environment that the worker starts with.</summary>
static class WorkerEnvironment
{
    const string LibTorch = "COMPRESSTASKS_LIBTORCH";

    /// <summary>
    /// Takes out what MSBuild sets for itself, which would lead a dotnet command below the worker to this SDK's files, and names the
    /// folder of libtorch unless the user did.
    /// </summary>
    public static void Prepare(IDictionary<string, string> environment, string? libTorch)
    {
        foreach (var name in environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            environment.Remove(name);
        }

        if (libTorch != null && !environment.ContainsKey(LibTorch)) environment[LibTorch] = libTorch;
    }
}
