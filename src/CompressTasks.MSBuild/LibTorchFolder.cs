using Microsoft.Build.Framework;

namespace CompressTasks.MSBuild;

/// <summary>The folder of the libtorch that the project downloads, wherever NuGet's configuration put its packages.</summary>
static class LibTorchFolder
{
    /// <summary>Null where the project names no libtorch or NuGet has not got it; the worker then looks in NuGet's usual folder.</summary>
    public static string? Find(ITaskItem[] downloads, string[] packageFolders, string runtimeIdentifier) =>
        (from download in downloads
         from version in download.GetMetadata("Version").Split(';')
         from root in packageFolders
         let folder = Path.Combine(root, download.ItemSpec.ToLowerInvariant(), version.Trim('[', ']', ' '), "runtimes", runtimeIdentifier, "native")
         where Directory.Exists(folder)
         select folder).FirstOrDefault();
}
