using System.Globalization;
using System.Text;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Benchmarks;

/// <summary>
/// Trains a tiny network once through a data set that is larger than the memory it may take, and watches the process's own memory while it
/// does (pages of files, which the system takes back when it likes, apart).
/// </summary>
static class StreamingData
{
    const int Classes = 10, BatchSize = 256;
    const long SampleBytes = 3 * 32 * 32;

    public static void Run(long bytes)
    {
        var folder = Directory.CreateTempSubdirectory("compresstasks-streaming-").FullName;
        try
        {
            var free = new DriveInfo(folder).AvailableFreeSpace;
            if (free < 2 * bytes) throw new IOException($"'{folder}' has {free} bytes left, and twice {bytes} are needed.");
            var count = bytes / SampleBytes;
            var (samples, labels) = (Path.Combine(folder, "x.npy"), Path.Combine(folder, "y.npy"));
            Write(samples, labels, count);
            Train($"{samples};{labels}", bytes);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void Train(string argument, long bytes)
    {
        using var network = nn.Sequential(nn.Flatten(), nn.Linear(SampleBytes, Classes));
        // What training needs anyway is in the baseline: libtorch, its buffers, the compiled code.
        using (var few = DataSets.FromTensors("random", rand(4 * BatchSize, 3, 32, 32), randint(0, Classes, [4 * BatchSize], int64)))
        {
            new Trainer(network, Recipe).Train(few);
        }

        GC.Collect();
        var baseline = ProcessMemory.Read();
        using var memory = new ProcessMemory.Watch();
        using var data = DataSets.Open(argument);
        var result = new Trainer(network, Recipe).Train(data);
        var peak = memory.Peak;
        static double MiB(long size) => size / 1048576.0;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            data on disk                 {bytes / 1e9,8:0.00} GB, {data.Count} samples
            own memory before            {MiB(baseline.Anonymous),8:0} MiB (pages of files {MiB(baseline.OfFiles):0})
            own memory at most           {MiB(peak.Anonymous),8:0} MiB (pages of files {MiB(peak.OfFiles):0})
            above the baseline           {MiB(peak.Anonymous - baseline.Anonymous),8:0} MiB
            samples per second           {result.SamplesPerSecond,8:0}
            loss                         {result.History[^1].Loss,8:0.0000} (chance {Math.Log(Classes):0.0000})
            """));
    }

    static TrainingRecipe Recipe => new() { Epochs = 1, BatchSize = BatchSize, LearningRate = 0.01, KeepBest = false };

    /// <summary>Noise whose first rows are as bright as the class says.</summary>
    static void Write(string samples, string labels, long count)
    {
        var random = new Random(1);
        var noise = new byte[1 << 20];
        random.NextBytes(noise);
        var classes = new byte[count];
        using (var file = Create(samples, "|u1", $"({count}, 3, 32, 32)"))
        {
            var sample = new byte[SampleBytes];
            for (long i = 0; i < count; i++)
            {
                classes[i] = (byte)random.Next(Classes);
                noise.AsSpan(random.Next(noise.Length - sample.Length), sample.Length).CopyTo(sample);
                sample.AsSpan(0, 128).Fill((byte)(25 * classes[i]));
                file.Write(sample);
            }
        }

        using var labelFile = Create(labels, "|u1", $"({count},)");
        labelFile.Write(classes);
    }

    static FileStream Create(string path, string type, string shape)
    {
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
        var header = Encoding.ASCII.GetBytes($"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}\n");
        file.Write([0x93, .. "NUMPY"u8, 1, 0, .. BitConverter.GetBytes((ushort)header.Length), .. header]);
        return file;
    }
}
