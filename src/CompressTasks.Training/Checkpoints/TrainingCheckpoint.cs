using System.Globalization;

namespace CompressTasks.Training;

/// <summary>The file of one training's state, and what a state in it has to agree in.</summary>
/// <param name="Run">See <see cref="CheckpointHeader.Run"/>.</param>
/// <param name="Threads">See <see cref="CheckpointHeader.Threads"/>.</param>
public sealed record TrainingCheckpoint(string Path, string Run, int? Threads)
{
    const string Extension = ".checkpoint";

    /// <summary>
    /// The named file, or where that is this training's at another number of threads, one beside it: the last bits of teachers' answers depend on the number, so that going
    /// on would give a result that no run from the start gives, and the other state is still good for its own number.
    /// </summary>
    internal static TrainingCheckpoint Choose(string path, string run, int? threads)
    {
        var named = new TrainingCheckpoint(path, run, threads);
        if (threads is not { } count) return named;
        var own = named with { Path = PathOf(path, count) };
        if (File.Exists(own.Path)) return own;
        return File.Exists(path) && CheckpointFile.ReadHeader(path) is { Threads: { } other } header && header.Run == run && other != count ? own : named;
    }

    /// <summary>Deletes what a finished training needs no more: its file, and those of the same training at other numbers of threads.</summary>
    /// <param name="path">The named file.</param>
    /// <param name="threads">That the training had; null where it had no teachers.</param>
    public static void Delete(string path, int? threads)
    {
        var used = threads is { } count && File.Exists(PathOf(path, count)) ? PathOf(path, count) : path;
        if (!File.Exists(used)) return;
        var run = CheckpointFile.ReadHeader(used)?.Run;
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        string[] others = [path, .. Directory.GetFiles(folder, System.IO.Path.GetFileName(PathOf(path, null)))];
        foreach (var other in others)
        {
            if (File.Exists(other) && CheckpointFile.ReadHeader(other)?.Run == run) File.Delete(other);
        }
    }

    /// <param name="threads">Null: any number, as a pattern.</param>
    static string PathOf(string path, int? threads)
    {
        var number = threads is { } count ? count.ToString(CultureInfo.InvariantCulture) : "*";
        return path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? $"{path[..^Extension.Length]}.{number}-threads{path[^Extension.Length..]}" : $"{path}.{number}-threads";
    }
}
