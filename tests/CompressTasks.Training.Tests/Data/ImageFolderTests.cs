using SkiaSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Data;

public sealed class ImageFolderTests : IDisposable
{
    static readonly SKColor Red = new(255, 0, 0), Green = new(0, 255, 0), Blue = new(0, 0, 255);

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    string Write(string name, byte[] content)
    {
        var path = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    [Fact]
    public void Sorted_folder_names_are_the_class_numbers()
    {
        Write("zebra/1.png", StoredImages.Png(2, 3, (_, _) => Red));
        Write("ant/b.png", StoredImages.Png(2, 3, (y, x) => y == 1 && x == 2 ? Green : Blue));
        Write("ant/deep/a.PNG", StoredImages.Png(2, 3, (_, _) => Blue));
        Write("ant/notes.txt", "no image"u8.ToArray());
        Write("ant/.hidden.png", [1]);
        using var data = DataSets.Open(folder.Path);
        Assert.Equal((3, 2, LabelKind.Classes, true), (data.Count, data.ClassCount, data.Labels, data.StoresBytes));
        Assert.Equal(["ant", "zebra"], data.ClassNames!);
        Assert.Equal([3L, 2L, 3L], data.SampleShape);
        using var batch = data.Read([2, 0]);
        Assert.Equal([1L, 0L], batch.Labels!.data<long>().ToArray());
        Assert.Equal([1f, 0f, 0f], batch.Inputs[0].mean([1, 2]).data<float>().ToArray());
        Assert.Equal((1f, 0f), (batch.Inputs[1, 1, 1, 2].item<float>(), batch.Inputs[1, 2, 1, 2].item<float>()));
    }

    [Fact]
    public void Every_format_gives_the_pixels()
    {
        SKColor At(int y, int x) => new((byte)(40 * x), (byte)(60 * y), 90);
        Write("a.png", StoredImages.Png(3, 5, At));
        Write("b.bmp", StoredImages.Bmp(3, 5, At));
        Write("c.webp", StoredImages.Encoded(SKEncodedImageFormat.Webp, 3, 5, (_, _) => new SKColor(200, 100, 50)));
        Write("d.jpg", StoredImages.Encoded(SKEncodedImageFormat.Jpeg, 3, 5, (_, _) => new SKColor(200, 100, 50)));
        using var data = DataSets.Open(folder.Path, new(Scale: 1));
        Assert.False(data.HasLabels);
        using var batch = data.Read([0, 1, 2, 3]);
        for (var y = 0; y < 3; y++)
        {
            for (var x = 0; x < 5; x++) Assert.Equal([40f * x, 60f * y, 90f], batch.Inputs[0, TensorIndex.Colon, y, x].data<float>().ToArray());
        }

        Assert.Equal(batch.Inputs[0].reshape(-1).data<float>().ToArray(), batch.Inputs[1].reshape(-1).data<float>().ToArray());
        foreach (var lossy in (int[])[2, 3])
        {
            var color = batch.Inputs[lossy].mean([1, 2]).data<float>().ToArray();
            Assert.All(color.Zip((float[])[200, 100, 50]), pair => Assert.InRange(pair.First, pair.Second - 3, pair.Second + 3));
        }
    }

    [Theory]
    [InlineData("", null, 3)]
    [InlineData("?channels=1", null, 1)]
    [InlineData("", new long[] { -1, 1, 2, 2 }, 1)]
    [InlineData("", new long[] { -1, 2, 2, 1 }, 1)]
    [InlineData("?channels=3", new long[] { -1, 1, 2, 2 }, 3)]
    public void Channels_are_those_of_the_argument_or_the_model_or_the_image(string query, long[]? input, int channels)
    {
        Write("a.png", StoredImages.Png(2, 2, (_, _) => new SKColor(100, 200, 50)));
        using var data = DataSets.Open(folder.Path + query, new(Scale: 1), input);
        using var batch = data.Read([0]);
        Assert.Equal(channels, data.SampleShape[0]);
        if (channels == 1) Assert.Equal(MathF.Round((0.299f * 100) + (0.587f * 200) + (0.114f * 50)), batch.Inputs.max().item<float>());
    }

    [Fact]
    public void Grey_images_stay_grey()
    {
        Write("a.png", StoredImages.GrayPng(2, 2, 77));
        using var data = DataSets.Open(folder.Path, new(Scale: 1));
        using var batch = data.Read([0]);
        Assert.Equal([1L, 1L, 2L, 2L], batch.Inputs.shape);
        Assert.Equal(77f, batch.Inputs.min().item<float>());
    }

    [Fact]
    public void Images_of_different_sizes_need_a_declared_one()
    {
        Write("a.png", StoredImages.Png(4, 4, (_, _) => Red));
        Write("b.png", StoredImages.Png(6, 8, (_, x) => x < 4 ? Green : Blue));
        using (var data = DataSets.Open(folder.Path))
        {
            var error = Assert.Throws<TrainingException>(() => data.Read([0, 1]));
            Assert.Equal(("CMP0403", Path.Combine(folder.Path, "b.png")), (error.Code, error.File));
        }

        using var resized = DataSets.Open(folder.Path, new Preprocessing { Resize = [4, 4] });
        Assert.Equal([3L, 4L, 4L], resized.SampleShape);
        using var batch = resized.Read([1]);
        Assert.Equal((1f, 0f), (batch.Inputs[0, 1, 2, 0].item<float>(), batch.Inputs[0, 1, 2, 3].item<float>()));

        using var cropped = DataSets.Open(folder.Path, new Preprocessing { Resize = [4], Crop = [4, 2] });
        using var middle = cropped.Read([0, 1]);
        Assert.Equal([2L, 3L, 4L, 2L], middle.Inputs.shape);
    }

    [Fact]
    public void Declared_classes_fix_the_numbers()
    {
        Write("dog/1.png", StoredImages.Png(1, 1, (_, _) => Red));
        using var data = DataSets.Open(folder.Path + "?classes=cat,dog,fox");
        Assert.Equal(3, data.ClassCount);
        using var batch = data.Read([0]);
        Assert.Equal(1L, batch.Labels!.item<long>());
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => DataSets.Open(folder.Path + "?classes=cat,fox")).Code);
        using var others = DataSets.Open(folder.Path);
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => data.EnsureSameClasses(others)).Code);
        data.EnsureSameClasses(data);
    }

    public static TheoryData<string, byte[]> Damaged()
    {
        var png = StoredImages.Png(40, 40, (y, x) => new SKColor((byte)(y * x), (byte)(y + (7 * x)), (byte)x));
        // The width in the header of a PNG, with its checksum left wrong, and a right header of absurd size.
        byte[] huge = [.. "BM"u8, .. Ints(54, 0, 54, 40, 200_000, 200_000), 1, 0, 24, 0, .. Ints(0, 0, 2835, 2835, 0, 0)];
        return new()
        {
            { "a/x.png", png[..(png.Length / 2)] },
            { "a/x.png", png[..20] },
            { "a/x.png", [] },
            { "a/x.png", "not an image"u8.ToArray() },
            { "a/x.bmp", huge },
        };

        static byte[] Ints(params int[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
    }

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Damaged_images_are_refused_with_their_path(string name, byte[] content)
    {
        var path = Write(name, content);
        var error = Assert.Throws<TrainingException>(() =>
        {
            using var data = DataSets.Open(folder.Path);
            data.Read([0]).Dispose();
        });
        Assert.Equal(("CMP0402", path), (error.Code, error.File));
    }

    [Fact]
    public void Folders_that_leave_the_class_open_are_refused()
    {
        Assert.Equal("CMP0402", Assert.Throws<TrainingException>(() => DataSets.Open(folder.Path)).Code);
        Write("a/1.png", StoredImages.Png(1, 1, (_, _) => Red));
        Directory.CreateDirectory(Path.Combine(folder.Path, "empty"));
        Assert.Equal("CMP0402", Assert.Throws<TrainingException>(() => DataSets.Open(folder.Path)).Code);
        Directory.Delete(Path.Combine(folder.Path, "empty"));
        Write("loose.png", StoredImages.Png(1, 1, (_, _) => Red));
        Assert.Equal("CMP0402", Assert.Throws<TrainingException>(() => DataSets.Open(folder.Path)).Code);
    }

    [Fact]
    public void Links_inside_are_not_followed()
    {
        var outside = Write("outside.png", StoredImages.Png(1, 1, (_, _) => Red));
        var inner = Directory.CreateDirectory(Path.Combine(folder.Path, "set", "a")).FullName;
        File.CreateSymbolicLink(Path.Combine(inner, "1.png"), outside);
        var set = Path.Combine(folder.Path, "set");
        Assert.Contains("link", Assert.Throws<TrainingException>(() => DataSets.Open(set)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(inner, "1.png"));
        Directory.CreateSymbolicLink(Path.Combine(inner, "round"), set);
        Assert.Equal("CMP0402", Assert.Throws<TrainingException>(() => DataSets.Open(set)).Code);
    }

    [Fact]
    public void The_hash_follows_names_and_content()
    {
        string Hash()
        {
            using var data = DataSets.Open(folder.Path);
            return data.ContentHash;
        }

        var first = Write("a/1.png", StoredImages.Png(1, 1, (_, _) => Red));
        Write("b/2.png", StoredImages.Png(1, 1, (_, _) => Green));
        var before = Hash();
        Assert.Equal(before, Hash());
        File.Move(first, Path.Combine(folder.Path, "b", "1.png"));
        Write("a/2.png", StoredImages.Png(1, 1, (_, _) => Green));
        File.Delete(Path.Combine(folder.Path, "b", "2.png"));
        Assert.NotEqual(before, Hash());
    }
}
