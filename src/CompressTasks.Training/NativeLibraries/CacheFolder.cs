namespace CompressTasks.Training;

/// <summary>The one folder outside a project's own output that CompressTasks writes to.</summary>
public static class CacheFolder
{
    /// <summary>Environment variable that moves the folder.</summary>
    public const string Variable = "COMPRESSTASKS_CACHE";

    /// <summary>
    /// The folder by the platform's convention: $XDG_CACHE_HOME or ~/.cache on Linux, ~/Library/Caches on macOS, local application data on
    /// Windows.
    /// </summary>
    public static string Path
    {
        get
        {
            if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen) return System.IO.Path.GetFullPath(chosen);
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            var root = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : OperatingSystem.IsMacOS() ? System.IO.Path.Combine(home, "Library", "Caches")
                : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
                : System.IO.Path.Combine(home, ".cache");
            return System.IO.Path.Combine(root, "CompressTasks");
        }
    }
}
