using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// The binary versions of CIFAR-10 and CIFAR-100 (https://www.cs.toronto.edu/~kriz/cifar.html): records of one label byte
/// (CIFAR-100: the coarse one, then the fine one, which is taken) and 3 x 32 x 32 bytes, channel by channel.
/// </summary>
static class CifarFiles
{
    const int Pixels = 3 * 32 * 32;
    const int RecordsAtOnce = 4096;

    /// <exception cref="TrainingException">CMP0401, CMP0402.</exception>
    public static (Rows Samples, Rows Labels) Open(IReadOnlyList<string> paths, long mostInMemory)
    {
        using var scope = NewDisposeScope();
        var files = paths.Select(ReadLabels).ToArray();
        for (var index = 1; index < files.Length; index++)
        {
            if (files[index].Width != files[0].Width)
            {
                throw DataFile.Malformed(paths[index], $"and '{Path.GetFileName(paths[0])}' are of different kinds, CIFAR-10 and CIFAR-100.");
            }
        }

        var isSmall = files.Sum(file => file.Labels.shape[0]) * Pixels <= mostInMemory;
        Rows[] images = [.. files.Select((file, index) => Images(paths[index], file.Labels.shape[0], file.Width))];
        Rows samples = new JoinedRows(images);
        if (isSmall)
        {
            using var inFiles = samples;
            samples = new MemoryRows(inFiles.Read([.. Enumerable.Range(0, inFiles.Count)]));
        }

        return (samples, new MemoryRows(cat([.. files.Select(file => file.Labels)], 0)));
    }

    static FileRows Images(string path, long count, int width) =>
        new(File.OpenHandle(path), path, width - Pixels, width, StoredElements.Bytes, [count, 3, 32, 32]);

    static (Tensor Labels, int Width) ReadLabels(string path)
    {
        using var file = DataFile.Open(path);
        var size = file.Length;
        foreach (var (width, classes) in (ReadOnlySpan<(int, int)>)[(Pixels + 1, 10), (Pixels + 2, 100)])
        {
            if (size == 0 || size % width != 0 || size / width > int.MaxValue) continue;
            var labels = Labels(file.SafeFileHandle, path, size / width, width);
            if (labels.max().item<long>() < classes) return (labels, width);
        }

        throw DataFile.Malformed(path, $"has {DataFile.Number(size)} bytes, which are no whole CIFAR-10 or CIFAR-100 records with valid labels.");
    }

    /// <returns>int64 [records].</returns>
    static Tensor Labels(SafeFileHandle file, string path, long count, int width)
    {
        using var rows = new FileRows(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), path, width - Pixels - 1, width, StoredElements.Bytes, [count]);
        var labels = empty(count, ScalarType.Int64);
        long done = 0;
        foreach (var part in rows.Parts(RecordsAtOnce))
        {
            labels.narrow(0, done, part.shape[0]).copy_(part);
            done += part.shape[0];
        }

        return labels;
    }
}
