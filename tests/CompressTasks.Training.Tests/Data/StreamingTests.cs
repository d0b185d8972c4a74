using System.IO.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Data;

/// <summary>Data above the limit stays on disk; it has to read exactly as it does in memory.</summary>
public sealed class StreamingTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    static readonly byte[] Pixels = [.. Enumerable.Range(0, 40 * 2 * 3).Select(i => (byte)((i * 37) ^ (i >> 3)))];

    public static TheoryData<string> Forms() => new("stored.npz", "packed.npz", "plain.npy", "fortran.npy", "fortran.npz", "big.npy", "wide.npy", "bool.npy", "images-idx3-ubyte", "images-idx3-ubyte.gz", "batch.bin", "masks.npz");

    string Write(string name)
    {
        var labels = StoredFiles.Npy("<i8", "(40,)", StoredFiles.Bytes(Enumerable.Range(0, 40).Select(i => (long)(i % 7)).ToArray()));
        var samples = StoredFiles.Npy("|u1", "(40, 2, 3)", Pixels);
        var fortran = StoredFiles.Npy("<i2", "(40, 2, 3)", StoredFiles.Bytes(Enumerable.Range(0, 240).Select(i => (short)(i * 101)).ToArray()), fortran: true);
        switch (name)
        {
            case "images-idx3-ubyte" or "images-idx3-ubyte.gz":
                var packed = name.EndsWith(".gz", StringComparison.Ordinal);
                byte[] images = StoredFiles.Idx(8, [40, 2, 3], Pixels), classes = StoredFiles.Idx(8, [40], [.. Enumerable.Range(0, 40).Select(i => (byte)(i % 7))]);
                folder.Write(name.Replace("images-idx3", "labels-idx1", StringComparison.Ordinal), packed ? StoredFiles.Gzip(classes) : classes);
                return folder.Write(name, packed ? StoredFiles.Gzip(images) : images);
            case "batch.bin":
                return folder.Write(name, [.. Enumerable.Range(0, 40).SelectMany(i => (byte[])[(byte)(i % 10), .. Enumerable.Range(0, 3072).Select(j => (byte)((i * j) ^ i))])]);
            case "masks.npz":
                return folder.Write(name, StoredFiles.Zip(CompressionLevel.NoCompression, ("x.npy", samples), ("y.npy", StoredFiles.Npy("|u1", "(40, 2, 3)", [.. Pixels.Select(pixel => (byte)(pixel % 5))]))));
        }

        byte[] array = name switch
        {
            "fortran.npy" or "fortran.npz" => fortran,
            "big.npy" => StoredFiles.Npy(">f8", "(40, 2, 3)", StoredFiles.Bytes(Enumerable.Range(0, 240).Select(i => i * 1.5).ToArray(), bigEndian: true)),
            "wide.npy" => StoredFiles.Npy("<u2", "(40, 2, 3)", StoredFiles.Bytes(Enumerable.Range(0, 240).Select(i => (ushort)(65535 - i)).ToArray())),
            "bool.npy" => StoredFiles.Npy("|b1", "(40, 2, 3)", [.. Pixels.Select(pixel => (byte)(pixel & 1))]),
            _ => samples,
        };
        var level = name == "packed.npz" ? CompressionLevel.Optimal : CompressionLevel.NoCompression;
        return folder.Write(name, name.EndsWith(".npz", StringComparison.Ordinal) ? StoredFiles.Zip(level, ("x.npy", array), ("y.npy", labels)) : array);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_set_on_disk_reads_as_it_does_in_memory(string name)
    {
        var path = Write(name);
        using var inMemory = DataSets.Open(path);
        using var onDisk = DataSets.Open(path, Preprocessing.Default, null, mostInMemory: 16);
        Assert.Equal(0, inMemory.ReadersAhead);
        Assert.True(onDisk.ReadersAhead > 0);
        Assert.Equal((inMemory.Count, inMemory.Labels, inMemory.ClassCount, inMemory.StoresBytes, inMemory.ContentHash), (onDisk.Count, onDisk.Labels, onDisk.ClassCount, onDisk.StoresBytes, onDisk.ContentHash));
        Assert.Equal(inMemory.SampleShape, onDisk.SampleShape);
        foreach (var indices in (int[][])[[.. Enumerable.Range(0, 40)], [39, 0, 1, 2, 7, 7, 38, 3], [5], SeededRandom.Permutation(40, 3, 1)])
        {
            using Batch expected = inMemory.Read(indices), actual = onDisk.Read(indices);
            Assert.True(expected.Inputs.Equals(actual.Inputs));
            Assert.Equal(expected.Labels is null, actual.Labels is null);
            if (expected.Labels is { } labels) Assert.True(labels.Equals(actual.Labels!));
        }
    }

    [Fact]
    public void Fortran_order_is_turned_round_on_disk_too()
    {
        using var data = DataSets.Open(Write("fortran.npy"), Preprocessing.Default, null, mostInMemory: 16);
        using var batch = data.Read([1]);
        // The first axis runs fastest: element (i, j, k) is number i + 40 j + 80 k.
        Assert.Equal([101f * 1, 101 * 81, 101 * 161, 101 * 41, 101 * 121, 101 * 201], batch.Inputs.data<float>().ToArray());
    }

    [Fact]
    public void A_file_that_is_cut_short_while_it_is_read_is_an_error()
    {
        var path = Write("plain.npy");
        using var data = DataSets.Open(path, Preprocessing.Default, null, mostInMemory: 16);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write)) file.SetLength(file.Length - 10);
        Assert.Equal("CMP0402", Assert.Throws<TrainingException>(() => data.Read([0, 39])).Code);
    }

    [Fact]
    public void Nothing_is_left_in_the_cache_folder()
    {
        var unpacked = Path.Combine(CacheFolder.Path, "unpacked");
        var before = Directory.Exists(unpacked) ? Directory.GetFiles(unpacked).Length : 0;
        using (var data = DataSets.Open(Write("packed.npz"), Preprocessing.Default, null, mostInMemory: 16)) data.Read([0]).Dispose();
        Assert.Equal(before, Directory.GetFiles(unpacked).Length);
    }

    [Fact]
    public void Batches_come_in_order_and_no_more_are_read_ahead_than_asked()
    {
        using var data = new SlowData(readers: 3);
        var batches = Enumerable.Range(0, 20).Select(i => (int[])[i, i + 1]).ToArray();
        var seen = new List<float>();
        foreach (var (indices, batch) in ReadAhead.Of(data, batches))
        {
            using var read = batch;
            Assert.Equal(indices[0], batch.Inputs[0].item<float>());
            seen.Add(batch.Inputs[0].item<float>());
            Assert.InRange(data.Begun, seen.Count, seen.Count + 3);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => (float)i), seen);
        Assert.Equal(20, data.Begun);
    }

    [Fact]
    public void An_error_comes_up_at_its_batch_and_nothing_leaks()
    {
        using var data = new SlowData(readers: 3) { FailsAt = 5 };
        using var scope = NewDisposeScope();
        var before = Tensor.TotalCount;
        var seen = 0;
        var error = Assert.Throws<IOException>(() =>
        {
            foreach (var (_, batch) in ReadAhead.Of(data, Enumerable.Range(0, 20).Select(i => (int[])[i])))
            {
                batch.Dispose();
                seen++;
            }
        });
        Assert.Equal(("5", 5), (error.Message, seen));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Training_from_disk_gives_the_same_weights_and_resumes_exactly()
    {
        var path = folder.Write("d.npz", StoredFiles.Zip(
            CompressionLevel.NoCompression,
            ("x.npy", StoredFiles.Npy("|u1", "(96, 1, 8, 8)", [.. Enumerable.Range(0, 96 * 64).Select(i => (byte)(i * i * 31))])),
            ("y.npy", StoredFiles.Npy("|u1", "(96,)", [.. Enumerable.Range(0, 96).Select(i => (byte)(i % 3))]))));
        var recipe = new TrainingRecipe { Epochs = 2, BatchSize = 8, Augmentation = new(Flip: true, Mixup: 0.4, Cutmix: 1, Brightness: 0.2), LearningRate = 0.01 };
        byte[] Train(long mostInMemory, int stopAfter = 0)
        {
            using var network = Network();
            using var data = DataSets.Open(path, Preprocessing.Default, null, mostInMemory);
            var checkpoint = Path.Combine(folder.Path, "c");
            using var cancellation = new CancellationTokenSource();
            using var counted = new CountedData(data, stopAfter, cancellation);
            var trainer = new Trainer(network, recipe) { CheckpointPath = stopAfter > 0 ? checkpoint : null };
            if (stopAfter > 0)
            {
                Assert.Throws<OperationCanceledException>(() => trainer.Train(counted, null, cancellation.Token));
                using var again = Network();
                new Trainer(again, recipe) { CheckpointPath = checkpoint }.Train(data);
                return Weights(again);
            }

            trainer.Train(data);
            return Weights(network);
        }

        static Sequential Network()
        {
            manual_seed(4);
            return nn.Sequential(nn.Flatten(), nn.Linear(64, 3));
        }

        static byte[] Weights(nn.Module module) => [.. module.parameters().SelectMany(parameter => parameter.bytes.ToArray())];

        var expected = Train(1 << 20);
        Assert.Equal(expected, Train(16));
        Assert.Equal(expected, Train(16, stopAfter: 9));
    }

    sealed class SlowData(int readers) : DataSet
    {
        int begun;

        public int Begun => Volatile.Read(ref begun);

        public int FailsAt { get; init; } = -1;

        public override string Source => "slow";

        public override int Count => 100;

        public override long[] SampleShape => [];

        public override bool StoresBytes => false;

        public override LabelKind Labels => LabelKind.None;

        public override long[] LabelShape => [];

        public override int? ClassCount => null;

        public override string ContentHash => "";

        internal override int ReadersAhead => readers;

        public override Batch Read(ReadOnlySpan<int> indices)
        {
            Interlocked.Increment(ref begun);
            // Later batches are quicker, so that they would overtake if they could.
            Thread.Sleep(Math.Max(0, 10 - (indices[0] % 5 * 2)));
            if (indices[0] == FailsAt) throw new IOException("5");
            return new(tensor(Array.ConvertAll(indices.ToArray(), index => (float)index)), null);
        }
    }

    /// <summary>Cancels after so many reads.</summary>
    sealed class CountedData(DataSet inner, int stopAfter, CancellationTokenSource cancellation) : DataSet
    {
        int reads;

        public override string Source => inner.Source;

        public override int Count => inner.Count;

        public override long[] SampleShape => inner.SampleShape;

        public override bool StoresBytes => inner.StoresBytes;

        public override LabelKind Labels => inner.Labels;

        public override long[] LabelShape => inner.LabelShape;

        public override int? ClassCount => inner.ClassCount;

        public override string ContentHash => inner.ContentHash;

        internal override int ReadersAhead => inner.ReadersAhead;

        internal override PixelRange PixelRange => inner.PixelRange;

        public override Batch Read(ReadOnlySpan<int> indices)
        {
            if (Interlocked.Increment(ref reads) == stopAfter) cancellation.Cancel();
            return inner.Read(indices);
        }
    }
}
