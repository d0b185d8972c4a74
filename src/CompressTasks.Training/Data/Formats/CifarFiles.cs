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

    /// <exception cref="TrainingException">CMP0401, CMP0402.</exception>
    public static (Tensor Samples, Tensor Labels) Read(IReadOnlyList<string> paths)
    {
        using var scope = NewDisposeScope();
        var files = paths.Select(path => ReadRecords(path)).ToArray();
        var (first, width) = (paths[0], files[0].shape[1]);
        for (var index = 1; index < files.Length; index++)
        {
            if (files[index].shape[1] != width)
            {
                throw DataFile.Malformed(paths[index], $"and '{Path.GetFileName(first)}' are of different kinds, CIFAR-10 and CIFAR-100.");
            }
        }

        var records = files.Length == 1 ? files[0] : cat(files, 0);
        var labels = records.select(1, width - Pixels - 1).to(ScalarType.Int64);
        // The pixels stay where they were read: the samples are a view of the records.
        var samples = records.narrow(1, width - Pixels, Pixels).view(-1, 3, 32, 32);
        return scope.MoveToOuter(samples, labels);
    }

    static Tensor ReadRecords(string path)
    {
        using var file = DataFile.Open(path);
        var size = file.Length;
        foreach (var (width, classes) in (ReadOnlySpan<(int, int)>)[(Pixels + 1, 10), (Pixels + 2, 100)])
        {
            if (size == 0 || size % width != 0) continue;
            file.Position = 0;
            var records = new StoredElements(ScalarType.Byte, 1, IsBigEndian: false).Read(file, [size / width, width]);
            if (records.select(1, width - Pixels - 1).max().item<byte>() < classes) return records;
            records.Dispose();
        }

        throw DataFile.Malformed(path, $"has {DataFile.Number(size)} bytes, which are no whole CIFAR-10 or CIFAR-100 records with valid labels.");
    }
}
