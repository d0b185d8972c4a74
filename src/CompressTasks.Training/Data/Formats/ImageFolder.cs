using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// A folder with a folder of images per class (their names in ordinal order are the class numbers), or a folder of images without
/// classes. Links inside are refused: they could lead anywhere, or round in a circle.
/// </summary>
static class ImageFolder
{
    static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <exception cref="TrainingException">CMP0401, CMP0402, CMP0404.</exception>
    public static StoredDataSet Open(string path, DataQuery query, Preprocessing preprocessing, long[]? modelInput)
    {
        var (files, labels, names) = Find(path, query.List("classes"));
        if (preprocessing.Layout == ImageLayout.Nhwc) throw new TrainingException(TrainingException.DataShape, "The layout nhwc is for stored arrays; decoded images have their channels first.", path);
        var first = ImageFile.ReadHead(files[0]);
        var channels = query.Word("channels", "1", "3") switch { "1" => 1, "3" => 3, _ => ChannelsOf(modelInput) ?? (first.IsGray ? 1 : 3) };
        var rows = new ImageRows(files, channels, (first.Height, first.Width), preprocessing.Fit);
        var numbers = labels is null ? null : SampleLabels.Of(new MemoryRows(tensor(labels)), LabelKind.Classes, files.Length, path);
        return new(path, rows, numbers, () => Hash(path, files, labels, $"images {channels} {preprocessing.Fit}")) { Names = names };
    }

    static (string[] Files, long[]? Labels, string[]? Names) Find(string path, string[]? declared)
    {
        string[] folders = [.. Entries(path).Where(Directory.Exists).Order(StringComparer.Ordinal)];
        string[] loose = [.. Images(path)];
        if (folders.Length == 0)
        {
            return loose.Length > 0 ? (loose, null, null) : throw DataFile.Malformed(path, "has neither images nor a folder per class.");
        }

        if (loose.Length > 0) throw DataFile.Malformed(path, $"has images beside its class folders, '{Path.GetFileName(loose[0])}' for one: of what class?");
        string[] found = [.. folders.Select(folder => Path.GetFileName(folder)!)];
        var names = declared ?? found;
        if (found.Except(names).FirstOrDefault() is { } unknown)
        {
            throw new TrainingException(TrainingException.Labels, $"The folder '{unknown}' is none of the declared classes.", path, "Name it in classes=, or move it elsewhere.");
        }

        var (files, labels) = (new List<string>(), new List<long>());
        foreach (var folder in folders)
        {
            var images = Below(folder).ToArray();
            if (images.Length == 0 && declared is null) throw DataFile.Malformed(path, $"has a folder '{Path.GetFileName(folder)}' without images.");
            files.AddRange(images);
            labels.AddRange(Enumerable.Repeat((long)Array.IndexOf(names, Path.GetFileName(folder)), images.Length));
        }

        return files.Count > 0 ? ([.. files], [.. labels], names) : throw DataFile.Malformed(path, "has no images.");
    }

    static IEnumerable<string> Below(string folder) =>
        Images(folder).Concat(Entries(folder).Where(Directory.Exists).Order(StringComparer.Ordinal).SelectMany(Below));

    static IEnumerable<string> Images(string folder) =>
        Entries(folder).Where(entry => ImageFile.HasImageName(entry) && !Directory.Exists(entry)).Order(StringComparer.Ordinal);

    /// <summary>What lies in a folder, without hidden files.</summary>
    static IEnumerable<string> Entries(string folder)
    {
        FileSystemInfo[] entries;
        try
        {
            entries = new DirectoryInfo(folder).GetFileSystemInfos("*", Everything);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TrainingException(TrainingException.DataNotFound, $"The folder '{folder}' cannot be read: {exception.Message}", folder, "Check who may read it.", exception);
        }

        foreach (var entry in entries)
        {
            if (entry.Name.StartsWith('.')) continue;
            if (entry.LinkTarget is not null) throw DataFile.Malformed(entry.FullName, "is a link, and links inside a folder of images are not followed.");
            yield return entry.FullName;
        }
    }

    /// <summary>Of a model's input with four axes; null where it does not say.</summary>
    static int? ChannelsOf(long[]? modelInput) => modelInput switch
    {
        [_, 1 or 3, _, _] => (int)modelInput[1],
        [_, _, _, 1 or 3] => (int)modelInput[3],
        _ => null,
    };

    static string Hash(string path, string[] files, long[]? labels, string reading)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(reading));
        foreach (var (index, file) in files.Index())
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{Path.GetRelativePath(path, file).Replace('\\', '/')} {labels?[index]} "));
            using var content = DataFile.Open(file);
            hash.AppendData(SHA256.HashData(content));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
