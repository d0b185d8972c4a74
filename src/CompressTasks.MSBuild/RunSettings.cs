using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Build.Framework;

namespace CompressTasks.MSBuild;

/// <summary>
/// Everything that a run depends on, as text that a person can read in a bug report: metadata, properties, and size and time of
/// every file. Two runs with the same text would do the same work.
/// </summary>
static class RunSettings
{
    static readonly MethodInfo? FinalTarget = typeof(FileSystemInfo).GetMethod("ResolveLinkTarget");

    static readonly string[] FileMetadata = ["TrainingData", "ValidationData", "TestData", "Recipe", "Teacher", "Student"];

    public static string Describe(CompressModel task, string projectDirectory)
    {
        var item = task.Model[0];
        var text = new StringBuilder("CompressTasks run 1\n");
        DescribeModel(text, "model", item.GetMetadata("FullPath"));
        foreach (var pair in ItemMetadata.Declared(item)) Line(text, pair.Key, pair.Value);
        foreach (var name in FileMetadata)
        {
            foreach (var path in Paths(item.GetMetadata(name), projectDirectory))
            {
                if (name is "Teacher" or "Student") DescribeModel(text, name, path);
                else DescribeData(text, name, path);
            }
        }

        Line(text, "device", task.Device);
        Line(text, "backend", task.Backend);
        Line(text, "cache", task.CacheDirectory);
        Line(text, "on a missed budget", task.OnBudgetMiss);
        var worker = Path.GetFullPath(Path.Combine(projectDirectory, task.Worker));
        var workerFolder = Path.GetDirectoryName(worker)!;
        Describe(text, "worker", worker);
        if (Directory.Exists(workerFolder))
        {
            foreach (var part in Directory.GetFiles(workerFolder, "CompressTasks.*.dll").OrderBy(part => part, StringComparer.Ordinal))
            {
                Describe(text, "worker", part);
            }
        }

        return text.ToString();
    }

    /// <summary>A model may keep its weights in files beside it; exporters give them its name with another or a further extension.</summary>
    static void DescribeModel(StringBuilder text, string name, string path)
    {
        Describe(text, name, path);
        if (!File.Exists(path)) return;
        var parts = Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path) + ".*");
        foreach (var part in parts.Where(part => part != path).OrderBy(part => part, StringComparer.Ordinal)) Describe(text, name + " data", part);
    }

    /// <summary>The labels of an IDX file of images lie beside it, where the data set does not name them.</summary>
    static void DescribeData(StringBuilder text, string name, string path)
    {
        Describe(text, name, path);
        var images = Path.GetFileName(path);
        var labels = Regex.Replace(images, @"images([.-])idx\d", "labels$1idx1");
        if (labels == images || !File.Exists(path)) return;
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(labels) + "*").OrderBy(file => file, StringComparer.Ordinal))
        {
            Describe(text, name + " labels", file);
        }
    }

    /// <summary>
    /// The files and folders that a metadata names, also as the argument of a data class; a recipe's name or a missing file is none, its text
    /// alone counts.
    /// </summary>
    static IEnumerable<string> Paths(string value, string projectDirectory) =>
        from part in value.Split([';'], StringSplitOptions.RemoveEmptyEntries)
        from name in (string[])[part, part.Split('?')[0], part.Substring(part.LastIndexOf('=') + 1)]
        let path = Path.Combine(projectDirectory, name.Trim())
        where name.Trim().Length > 0 && (File.Exists(path) || Directory.Exists(path))
        select path;

    static void Describe(StringBuilder text, string name, string path)
    {
        if (Directory.Exists(path))
        {
            // Each link is followed once, for size and time.
            (string Name, FileInfo Target)[] files = [.. new DirectoryInfo(path).GetFiles("*", SearchOption.AllDirectories).Select(file => (file.FullName, Target(file)))];
            Line(text, name, $"{path} | {files.Length} files | {files.Sum(file => file.Target.Length)} | {HashOf(path, files)}");
            return;
        }

        var info = Target(new FileInfo(path));
        Line(text, name, info.Exists ? $"{path} | {info.Length} | {Time(info.LastWriteTimeUtc)}" : $"{path} | missing");
    }

    /// <summary>One hash of names, sizes and times: also a file that moves to another class's folder has to count.</summary>
    static string HashOf(string folder, (string Name, FileInfo Target)[] files)
    {
        var list = new StringBuilder();
        foreach (var (name, target) in files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            Line(list, name.Substring(folder.Length), $"{target.Length} | {Time(target.LastWriteTimeUtc)}");
        }

        using var algorithm = SHA256.Create();
        return BitConverter.ToString(algorithm.ComputeHash(Encoding.UTF8.GetBytes(list.ToString()))).Replace("-", "").ToLowerInvariant();
    }

    /// <summary>
    /// What a symbolic link leads to, since its own time says nothing; only .NET can tell, which .NET Framework's MSBuild does without. A link that leads nowhere is
    /// itself.
    /// </summary>
    static FileInfo Target(FileInfo file)
    {
        if (!file.Exists || !file.Attributes.HasFlag(FileAttributes.ReparsePoint)) return file;
        try
        {
            return FinalTarget?.Invoke(file, [true]) is FileInfo { Exists: true } target ? target : file;
        }
        catch (TargetInvocationException exception) when (exception.InnerException is IOException or UnauthorizedAccessException)
        {
            return file;
        }
    }

    static string Time(DateTime time) => time.ToString("O", CultureInfo.InvariantCulture);

    static void Line(StringBuilder text, string name, string value) =>
        text.Append(name).Append(" = ").Append(value.Replace("\r", "").Replace('\n', ' ')).Append('\n');
}
