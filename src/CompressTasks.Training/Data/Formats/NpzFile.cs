using System.IO.Compression;

namespace CompressTasks.Training;

/// <summary>Arrays in a zip archive, as numpy.savez and numpy.savez_compressed write them; and single arrays (.npy).</summary>
static class NpzFile
{
    /// <param name="x">Name of the samples' array.</param>
    /// <param name="y">Name of the labels' array; null: without labels.</param>
    /// <param name="labelsRequired">False: a missing array <paramref name="y"/> means that there are no labels.</param>
    /// <exception cref="TrainingException">CMP0401, CMP0402.</exception>
    public static (Rows Samples, Rows? Labels) Open(string path, string x, string? y, bool labelsRequired, long mostInMemory)
    {
        using var file = DataFile.Open(path);
        return Checked(path, () =>
        {
            using var archive = new ZipArchive(file, ZipArchiveMode.Read);
            var samples = Array(archive, file, path, x, mostInMemory) ?? throw Missing(archive, path, x);
            var labels = y is null ? null : Array(archive, file, path, y, mostInMemory);
            return labels is null && labelsRequired ? throw Missing(archive, path, y!) : (samples, labels);
        });
    }

    /// <exception cref="TrainingException">CMP0401, CMP0402.</exception>
    public static Rows OpenSingle(string path, long mostInMemory)
    {
        using var file = DataFile.Open(path);
        return Checked(path, () =>
        {
            var layout = NpyArray.ReadHeader(file, file.Length, path, Path.GetFileNameWithoutExtension(path));
            return layout.Open(file, path, file.Position, mostInMemory);
        });
    }

    static Rows? Array(ZipArchive archive, FileStream file, string path, string name, long mostInMemory)
    {
        if ((archive.GetEntry(name + ".npy") ?? archive.GetEntry(name)) is not { } entry) return null;
        if (entry.Length > DataFile.MostUnpacked(entry.CompressedLength) || entry.CompressedLength > file.Length)
        {
            throw DataFile.Malformed(path, $"has an array '{name}' that declares more bytes than the file can hold.");
        }

        using var content = entry.Open();
        var layout = NpyArray.ReadHeader(content, entry.Length, path, name);
        return layout.Open(content, path, PositionIn(file, entry), mostInMemory);
    }

    /// <summary>
    /// Where the numbers of an entry lie whose header has just been read, for one that is stored as it is: the archive's stream then stands
    /// behind the header. That this is so is seen from the magic, which a packed entry does not begin with.
    /// </summary>
    /// <returns>Null for a packed entry.</returns>
    static long? PositionIn(FileStream file, ZipArchiveEntry entry)
    {
        if (entry.CompressedLength != entry.Length) return null;
        var numbers = file.Position;
        using var again = entry.Open();
        Span<byte> magic = stackalloc byte[6];
        again.ReadExactly(magic);
        var start = file.Position - magic.Length;
        RandomAccess.Read(file.SafeFileHandle, magic, start);
        file.Position = numbers;
        return magic.SequenceEqual(NpyArray.Magic) && start + entry.Length <= file.Length ? numbers : null;
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
