using System.IO.Compression;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Arrays in a zip archive, as numpy.savez and numpy.savez_compressed write them; and single arrays (.npy).</summary>
static class NpzFile
{
    /// <param name="x">Name of the samples' array.</param>
    /// <param name="y">Name of the labels' array.</param>
    /// <param name="labelsRequired">False: a missing array <paramref name="y"/> means that there are no labels.</param>
    /// <exception cref="TrainingException">CMP0401, CMP0402.</exception>
    public static (Tensor Samples, Tensor? Labels) Read(string path, string x, string y, bool labelsRequired)
    {
        using var file = DataFile.Open(path);
        return Checked(path, () =>
        {
            using var archive = new ZipArchive(file, ZipArchiveMode.Read);
            var samples = Array(archive, path, x) ?? throw Missing(archive, path, x);
            var labels = Array(archive, path, y);
            return labels is null && labelsRequired ? throw Missing(archive, path, y) : (samples, labels);
        });
    }

    /// <exception cref="TrainingException">CMP0401, CMP0402.</exception>
    public static Tensor ReadSingle(string path)
    {
        using var file = DataFile.Open(path);
        return Checked(path, () => NpyArray.Read(file, file.Length, path, Path.GetFileNameWithoutExtension(path)));
    }

    static Tensor? Array(ZipArchive archive, string path, string name)
    {
        if ((archive.GetEntry(name + ".npy") ?? archive.GetEntry(name)) is not { } entry) return null;
        if (entry.Length > DataFile.MostUnpacked(entry.CompressedLength) || entry.CompressedLength > new FileInfo(path).Length)
        {
            throw DataFile.Malformed(path, $"has an array '{name}' that declares more bytes than the file can hold.");
        }

        using var content = entry.Open();
        return NpyArray.Read(content, entry.Length, path, name);
    }

    static TrainingException Missing(ZipArchive archive, string path, string name) => new(
        TrainingException.DataFormat,
        $"'{Path.GetFileName(path)}' has no array '{name}'; it has {string.Join(", ", archive.Entries.Select(entry => $"'{Path.GetFileNameWithoutExtension(entry.Name)}'"))}.",
        path,
        "Name the arrays after the file: data.npz?x=images&y=labels.");

    static T Checked<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException or OverflowException)
        {
            throw DataFile.Malformed(path, $"is cut short or damaged: {exception.Message}", exception);
        }
    }
}
