namespace CompressTasks.Onnx;

/// <summary>
/// Several files that appear together: written under temporary names beside their targets, renamed on commit, removed otherwise.
/// </summary>
public sealed class FileReplacement : IDisposable
{
    readonly List<(string Temporary, string Target)> files = [];

    /// <summary>Writes one file of text, UTF-8, that appears whole or not at all; its folder is made where it is missing.</summary>
    public static void WriteText(string target, string text)
    {
        using var files = new FileReplacement();
        using (var writer = new StreamWriter(files.Create(Path.GetFullPath(target)))) writer.Write(text);
        files.Commit();
    }

    /// <summary>A stream for the future content of a file; its folder is made where it is missing.</summary>
    public FileStream Create(string target)
    {
        var folder = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(folder);
        if (Directory.Exists(target)) throw new IOException($"'{target}' is a folder.");
        var temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        var stream = File.Create(temporary);
        files.Add((temporary, target));
        return stream;
    }

    /// <summary>Puts all files in place, in the order in which they were made: what is referred to before what refers.</summary>
    /// <returns>Their bytes.</returns>
    public long Commit()
    {
        var bytes = files.Sum(file => new FileInfo(file.Temporary).Length);
        foreach (var (temporary, target) in files) File.Move(temporary, target, overwrite: true);
        files.Clear();
        return bytes;
    }

    public void Dispose()
    {
        foreach (var (temporary, _) in files) File.Delete(temporary);
    }
}
