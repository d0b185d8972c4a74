using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>The cache folder and whether it can be written to.</summary>
sealed record CacheCheck(string Folder, bool IsWritable)
{
    public static CacheCheck OfCacheFolder()
    {
        var folder = CacheFolder.Path;
        try
        {
            Directory.CreateDirectory(folder);
            using var probe = new FileStream(
                Path.Combine(folder, $".{Guid.NewGuid():N}.tmp"),
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None,
                1,
                FileOptions.DeleteOnClose);
            return new CacheCheck(folder, true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new CacheCheck(folder, false);
        }
    }
}
