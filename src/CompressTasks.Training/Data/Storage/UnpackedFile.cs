using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace CompressTasks.Training;

/// <summary>
/// A temporary file in the cache folder for numbers that are too many for memory and that lie packed, or in another order, in their own
/// file. It goes with its handle; where the system allows it, it has no name from the start and is gone even after a kill.
/// </summary>
static class UnpackedFile
{
    const long Reserve = 256L << 20;

    /// <param name="bytes">What will be written.</param>
    /// <param name="source">The file that is unpacked, for messages.</param>
    /// <exception cref="TrainingException">CMP0402 where the disk has no room for it.</exception>
    public static SafeFileHandle Create(long bytes, string source)
    {
        var folder = Path.Combine(CacheFolder.Path, "unpacked");
        Directory.CreateDirectory(folder);
        var free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        if (bytes > free - Reserve)
        {
            throw DataFile.Malformed(
                source,
                string.Create(CultureInfo.InvariantCulture, $"takes {bytes:N0} bytes unpacked, and the cache folder '{CacheFolder.Path}' has {free:N0} bytes left."));
        }

        var path = Path.Combine(folder, Guid.NewGuid().ToString("N") + ".tmp");
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows()) File.Delete(path);
        return file;
    }
}
