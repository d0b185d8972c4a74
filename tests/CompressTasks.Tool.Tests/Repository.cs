namespace CompressTasks.Tool.Tests;

/// <summary>The folder of the sources that these tests were built from.</summary>
static class Repository
{
    public static string Folder { get; } = Find();

    static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "CompressTasks.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
