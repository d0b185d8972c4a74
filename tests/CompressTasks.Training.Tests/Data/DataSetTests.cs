using System.IO.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Data;

public sealed class DataSetTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("train-images-idx3-ubyte", "train-labels-idx1-ubyte", false)]
    [InlineData("train-images.idx3-ubyte", "train-labels.idx1-ubyte", false)]
    [InlineData("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", true)]
    public void Idx_images_find_their_labels_beside_them(string images, string labels, bool packed)
    {
        byte[] pixels = StoredFiles.Idx(8, [3, 2, 2], [.. Enumerable.Range(0, 12).Select(i => (byte)(i * 20))]), classes = StoredFiles.Idx(8, [3], [1, 0, 2]);
        var path = folder.Write(images, packed ? StoredFiles.Gzip(pixels) : pixels);
        folder.Write(labels, packed ? StoredFiles.Gzip(classes) : classes);
        using var data = DataSets.Open(path);
        Assert.Equal((3, 3, LabelKind.Classes, true), (data.Count, data.ClassCount, data.Labels, data.StoresBytes));
        Assert.Equal([2L, 2L], data.SampleShape);
        using var batch = data.Read([2, 0]);
        Assert.Equal(ScalarType.Float32, batch.Inputs.dtype);
        AssertClose([160 / 255f, 180 / 255f, 200 / 255f, 220 / 255f, 0, 20 / 255f, 40 / 255f, 60 / 255f], batch.Inputs);
        Assert.Equal([2L, 1L], batch.Labels!.data<long>().ToArray());
    }

    [Theory]
    [InlineData("?skip=1", new[] { 1, 2 })]
    [InlineData("?take=2", new[] { 0, 1 })]
    [InlineData("?skip=1&take=1", new[] { 1 })]
    public void A_part_of_the_samples_is_named_behind_the_files(string query, int[] expected)
    {
        var path = folder.Write("images-idx3-ubyte", StoredFiles.Idx(8, [3, 1, 1], [0, 51, 102]));
        var labels = folder.Write("labels-idx1-ubyte", StoredFiles.Idx(8, [3], [0, 1, 2]));
        using var data = DataSets.Open($"{path};{labels}{query}");
        using var batch = data.Read([.. Enumerable.Range(0, data.Count)]);
        Assert.Equal(expected.Select(index => (long)index), batch.Labels!.data<long>().ToArray());
        AssertClose([.. expected.Select(index => index * 0.2f)], batch.Inputs);
    }

    [Theory]
    [InlineData("?skip=3", "CMP0402")]
    [InlineData("?take=4", "CMP0402")]
    [InlineData("?skip=2&take=2", "CMP0402")]
    [InlineData("?take=0", "CMP0401")]
    [InlineData("?skip=-1", "CMP0401")]
    [InlineData("?take=1&take=2", "CMP0401")]
    [InlineData("?x=images", "CMP0401")]
    public void A_part_that_is_not_there_is_refused(string query, string code)
    {
        var path = folder.Write("images-idx3-ubyte", StoredFiles.Idx(8, [3, 1, 1], [0, 51, 102]));
        Assert.Equal(code, Assert.Throws<TrainingException>(() => DataSets.Open(path + query)).Code);
    }

    [Fact]
    public void Idx_numbers_are_big_endian()
    {
        var path = folder.Write("values", StoredFiles.Idx(0x0D, [2, 3], StoredFiles.Bytes([1.5f, -2f, 3f, 4f, 5f, 6f], bigEndian: true)));
        var labels = folder.Write("targets", StoredFiles.Idx(0x0E, [2], StoredFiles.Bytes([0.25, -7.0], bigEndian: true)));
        using var data = DataSets.Open($"{path};{labels}");
        using var batch = data.Read([0, 1]);
        AssertClose([1.5f, -2f, 3f, 4f, 5f, 6f], batch.Inputs);
        Assert.Equal(LabelKind.Targets, data.Labels);
        AssertClose([0.25f, -7f], batch.Labels!);
    }

    public static TheoryData<string, byte[]> NumpyTypes()
    {
        var data = new TheoryData<string, byte[]>
        {
            { "|b1", [0, 1, 1, 0, 1, 1] },
            { "|u1", [0, 1, 2, 3, 4, 5] },
            { "|i1", StoredFiles.Bytes<sbyte>([0, 1, 2, 3, 4, 5]) },
        };
        foreach (var isBig in (bool[])[false, true])
        {
            var order = isBig ? ">" : "<";
            data.Add(order + "i2", StoredFiles.Bytes<short>([0, 1, 2, 3, 4, 5], isBig));
            data.Add(order + "u2", StoredFiles.Bytes<ushort>([0, 1, 2, 3, 4, 5], isBig));
            data.Add(order + "i4", StoredFiles.Bytes([0, 1, 2, 3, 4, 5], isBig));
            data.Add(order + "u4", StoredFiles.Bytes<uint>([0, 1, 2, 3, 4, 5], isBig));
            data.Add(order + "i8", StoredFiles.Bytes<long>([0, 1, 2, 3, 4, 5], isBig));
            data.Add(order + "u8", StoredFiles.Bytes<ulong>([0, 1, 2, 3, 4, 5], isBig));
            data.Add(order + "f2", StoredFiles.Bytes<Half>([(Half)0, (Half)1, (Half)2, (Half)3, (Half)4, (Half)5], isBig));
            data.Add(order + "f4", StoredFiles.Bytes<float>([0, 1, 2, 3, 4, 5], isBig));
            data.Add(order + "f8", StoredFiles.Bytes<double>([0, 1, 2, 3, 4, 5], isBig));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(NumpyTypes))]
    public void Every_numeric_type_and_byte_order_of_numpy_is_read(string type, byte[] content)
    {
        foreach (byte version in (byte[])[1, 2, 3])
        {
            foreach (var level in (CompressionLevel[])[CompressionLevel.NoCompression, CompressionLevel.Optimal])
            {
                var path = folder.Write("d.npz", StoredFiles.Zip(level, ("x.npy", StoredFiles.Npy(type, "(2, 3)", content, version: version))));
                using var data = DataSets.Open(path, new Preprocessing(Scale: 1));
                using var batch = data.Read([0, 1]);
                AssertClose(type == "|b1" ? [0, 1, 1, 0, 1, 1] : [0, 1, 2, 3, 4, 5], batch.Inputs);
                Assert.False(data.HasLabels);
            }
        }
    }

    [Fact]
    public void Large_unsigned_numbers_keep_their_value()
    {
        var path = folder.Write("d.npz", StoredFiles.Zip(
            CompressionLevel.Fastest,
            ("x.npy", StoredFiles.Npy("<u2", "(2,)", StoredFiles.Bytes<ushort>([65535, 1]))),
            ("y.npy", StoredFiles.Npy(">u4", "(2,)", StoredFiles.Bytes<uint>([7, 3], bigEndian: true)))));
        using var data = DataSets.Open(path);
        using var batch = data.Read([0, 1]);
        AssertClose([65535, 1], batch.Inputs);
        Assert.Equal(8, data.ClassCount);
    }

    [Fact]
    public void Fortran_order_is_turned_round()
    {
        // [[[0, 1], [2, 3]], [[4, 5], [6, 7]]] with the first axis running fastest.
        var path = folder.Write("d.npy", StoredFiles.Npy("<f4", "(2, 2, 2)", StoredFiles.Bytes<float>([0, 4, 2, 6, 1, 5, 3, 7]), fortran: true));
        using var data = DataSets.Open(path);
        using var batch = data.Read([0, 1]);
        AssertClose([0, 1, 2, 3, 4, 5, 6, 7], batch.Inputs);
    }

    [Fact]
    public void Arrays_of_other_names_are_named_after_the_file()
    {
        var path = folder.Write("d.npz", StoredFiles.Zip(
            CompressionLevel.Optimal,
            ("images.npy", StoredFiles.Npy("|u1", "(2, 1)", [51, 255])),
            ("classes.npy", StoredFiles.Npy("<i8", "(2, 1)", StoredFiles.Bytes<long>([1, 0])))));
        using var data = DataSets.Open(path + "?x=images&y=classes");
        Assert.Equal(2, data.ClassCount);
        using var batch = data.Read([0]);
        AssertClose([0.2f], batch.Inputs);
        var missing = Assert.Throws<TrainingException>(() => DataSets.Open(path));
        Assert.Equal("CMP0402", missing.Code);
        Assert.Contains("'images', 'classes'", missing.Message, StringComparison.Ordinal);
        Assert.Equal("CMP0402", Assert.Throws<TrainingException>(() => DataSets.Open(path + "?x=images&y=other")).Code);
    }

    [Fact]
    public void Cifar_records_of_several_files_are_joined()
    {
        byte[] Record(byte label, byte value) => [label, .. Enumerable.Repeat(value, 3072)];
        var first = folder.Write("data_batch_1.bin", [.. Record(3, 255), .. Record(9, 0)]);
        var second = folder.Write("data_batch_2.bin", Record(1, 51));
        using var data = DataSets.Open($"{first};{second}");
        Assert.Equal((3, 10), (data.Count, data.ClassCount));
        Assert.Equal([3L, 32L, 32L], data.SampleShape);
        using var batch = data.Read([2, 1]);
        Assert.Equal([1L, 9L], batch.Labels!.data<long>().ToArray());
        Assert.Equal(0.2f, batch.Inputs[0, 2, 31, 31].item<float>(), 5);
        Assert.Equal(0f, batch.Inputs[1].abs().max().item<float>());
    }

    [Fact]
    public void Cifar_100_takes_the_fine_label()
    {
        var path = folder.Write("train.bin", [19, 99, .. new byte[3072], 3, 42, .. new byte[3072]]);
        using var data = DataSets.Open(path);
        using var batch = data.Read([0, 1]);
        Assert.Equal([99L, 42L], batch.Labels!.data<long>().ToArray());
    }

    [Theory]
    [InlineData(new long[] { 28, 28 }, new long[] { -1, 1, 28, 28 }, new long[] { 1, 28, 28 })]
    [InlineData(new long[] { 28, 28 }, new long[] { 1, 784 }, new long[] { 784 })]
    [InlineData(new long[] { 32, 30, 3 }, new long[] { 0, 3, 32, 30 }, new long[] { 3, 32, 30 })]
    [InlineData(new long[] { 3, 32, 30 }, new long[] { 0, 32, 30, 3 }, new long[] { 32, 30, 3 })]
    [InlineData(new long[] { 28, 28 }, new long[] { -1, 28, 28, 1 }, new long[] { 28, 28, 1 })]
    [InlineData(new long[] { 1, 5 }, new long[] { -1, -1 }, new long[] { 5 })]
    [InlineData(new long[] { 4 }, new long[] { 8, 4 }, new long[] { 4 })]
    public void Samples_are_seen_in_the_shape_of_the_models_input(long[] stored, long[] input, long[] seen)
    {
        using var samples = arange(2 * stored.Aggregate((a, b) => a * b), dtype: ScalarType.Float32).reshape([2, .. stored]);
        using var data = DataSets.FromTensors("made", samples.clone());
        var fitted = data.EnsureFits(input);
        Assert.Equal(seen, fitted.SampleShape);
        using var batch = fitted.Read([1]);
        Assert.Equal([1, .. seen], batch.Inputs.shape);
        var expected = stored.Length == 3 && seen[0] == 3 ? samples[1].permute(2, 0, 1) : stored.Length == 3 ? samples[1].permute(1, 2, 0) : samples[1];
        AssertClose(expected.reshape(-1).contiguous().data<float>().ToArray(), batch.Inputs);
    }

    [Fact]
    public void Samples_that_do_not_fit_are_refused()
    {
        using var data = DataSets.FromTensors("made", zeros(2, 28, 28));
        var error = Assert.Throws<TrainingException>(() => data.EnsureFits([-1, 3, 32, 32]));
        Assert.Equal("CMP0403", error.Code);
        Assert.Contains("[28, 28]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mean_and_deviation_apply_per_channel()
    {
        using var data = DataSets.FromTensors("made", full([1, 2, 1, 1], 255, dtype: ScalarType.Byte), preprocessing: new(Mean: [0.5f, 0.25f], Std: [0.5f, 0.25f]));
        using var batch = data.Read([0]);
        AssertClose([1f, 3f], batch.Inputs);
        Assert.Equal("CMP0403", Assert.Throws<TrainingException>(() => DataSets.FromTensors("made", zeros(1, 2, 1, 1), preprocessing: new(Mean: [1f, 2f, 3f]))).Code);
    }

    [Fact]
    public void Splits_are_disjoint_and_follow_the_seed()
    {
        using var data = DataSets.FromTensors("made", arange(100, dtype: ScalarType.Float32), arange(100));
        var (first, second) = data.Split(0.8, seed: 5);
        long[] Labels(DataSet part)
        {
            using var batch = part.Read([.. Enumerable.Range(0, part.Count)]);
            return batch.Labels!.data<long>().ToArray();
        }

        Assert.Equal((80, 20), (first.Count, second.Count));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), Labels(first).Concat(Labels(second)).Order());
        Assert.Equal(Labels(first), Labels(data.Split(0.8, seed: 5).First));
        Assert.NotEqual(Labels(first), Labels(data.Split(0.8, seed: 6).First));
        Assert.NotEqual(first.ContentHash, second.ContentHash);
    }

    [Fact]
    public void The_hash_follows_content_and_reading()
    {
        var path = folder.Write("d.npz", StoredFiles.Zip(CompressionLevel.Optimal, ("x.npy", StoredFiles.Npy("|u1", "(2, 1)", [1, 2])), ("z.npy", StoredFiles.Npy("|u1", "(2, 1)", [1, 2]))));
        string Hash(string argument, Preprocessing? preprocessing = null)
        {
            using var data = DataSets.Open(argument, preprocessing);
            return data.ContentHash;
        }

        var original = Hash(path);
        Assert.Equal(original, Hash(path));
        Assert.NotEqual(original, Hash(path + "?x=z"));
        Assert.NotEqual(original, Hash(path, new(Scale: 2)));
        folder.Write("d.npz", StoredFiles.Zip(CompressionLevel.Optimal, ("x.npy", StoredFiles.Npy("|u1", "(2, 1)", [1, 3]))));
        Assert.NotEqual(original, Hash(path));
    }

    [Fact]
    public void Labels_are_checked_against_the_models_outputs()
    {
        using var classes = DataSets.FromTensors("made", zeros(3, 2), tensor(new long[] { 0, 4, 2 }));
        classes.EnsureLabels(5);
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => classes.EnsureLabels(4)).Code);
        using var targets = DataSets.FromTensors("made", zeros(3, 2), zeros(3, 2));
        targets.EnsureLabels(2);
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => targets.EnsureLabels(1)).Code);
        using var none = DataSets.FromTensors("made", zeros(3, 2));
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => none.EnsureLabels(1)).Code);
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => DataSets.FromTensors("made", zeros(2, 2), tensor(new long[] { 0, -1 }))).Code);
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => DataSets.FromTensors("made", zeros(2, 2), full([2, 3], 2, dtype: ScalarType.Int64))).Code);
        Assert.Equal("CMP0402", Assert.Throws<TrainingException>(() => DataSets.FromTensors("made", zeros(2, 2), zeros(3))).Code);
    }

    static void AssertClose(float[] expected, Tensor actual)
    {
        var values = actual.reshape(-1).contiguous().data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < values.Length; i++) Assert.Equal(expected[i], values[i], 5);
    }
}
