using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Data;

public sealed class PreprocessingTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    DataSet Open(string shape, byte[] content, Preprocessing preprocessing) => DataSets.Open(folder.Write("d.npy", StoredFiles.Npy("|u1", shape, content)), preprocessing);

    static float[] Read(DataSet data)
    {
        using var batch = data.Read([0]);
        return batch.Inputs.reshape(-1).data<float>().ToArray();
    }

    [Fact]
    public void The_middle_is_cropped()
    {
        using var data = Open("(1, 4, 5)", [.. Enumerable.Range(0, 20).Select(i => (byte)i)], new(Scale: 1) { Crop = [2, 3] });
        Assert.Equal([2L, 3L], data.SampleShape);
        Assert.Equal([6f, 7, 8, 11, 12, 13], Read(data));
        Assert.Equal("CMP0403", Assert.Throws<TrainingException>(() => Open("(1, 4, 5)", new byte[20], new() { Crop = [5, 5] }).Read([0])).Code);
    }

    [Fact]
    public void Bilinear_resizing_has_half_pixel_centres()
    {
        using var larger = Open("(1, 1, 2)", [0, 100], new(Scale: 1) { Resize = [1, 4] });
        Assert.Equal([0f, 25, 75, 100], Read(larger));
        using var smaller = Open("(1, 1, 4)", [0, 40, 80, 120], new(Scale: 1) { Resize = [1, 2] });
        // A triangle that reaches two pixels from its centre: weights 3, 3, 1 of 7 at the border.
        Assert.Equal([((3 * 40) + 80) / 7.0, ((3 * 120) + (3 * 80) + 40) / 7.0], Read(smaller).Select(value => (double)value), (expected, actual) => Math.Abs(expected - actual) < 1e-4);
    }

    [Fact]
    public void Channels_stored_last_are_turned_before_the_rest()
    {
        using var data = Open("(1, 2, 2, 3)", [.. Enumerable.Range(0, 12).Select(i => (byte)i)], new(Scale: 1, Mean: [0, 1, 2]) { Layout = ImageLayout.Nhwc });
        Assert.Equal([3L, 2L, 2L], data.SampleShape);
        Assert.Equal([0f, 3, 6, 9, 0, 3, 6, 9, 0, 3, 6, 9], Read(data));
        Assert.Equal("CMP0403", Assert.Throws<TrainingException>(() => Open("(2, 6)", new byte[12], new() { Layout = ImageLayout.Nhwc })).Code);
    }

    [Fact]
    public void Masks_are_resized_along_with_their_images()
    {
        var images = folder.Write("x.npy", StoredFiles.Npy("|u1", "(1, 3, 2, 2)", new byte[12]));
        var masks = folder.Write("y.npy", StoredFiles.Npy("|u1", "(1, 2, 2)", [0, 1, 2, 3]));
        using var data = DataSets.Open($"{images};{masks}", new() { Resize = [4, 4] });
        Assert.Equal((LabelKind.PixelClasses, 4), (data.Labels, data.ClassCount));
        using var batch = data.Read([0]);
        Assert.Equal([0L, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3], batch.Labels!.data<long>().ToArray());
    }

    public static TheoryData<Preprocessing> OutOfRange() => new(
        new Preprocessing(Std: [0]),
        new Preprocessing(Scale: float.NaN),
        new Preprocessing { Resize = [0, 4] },
        new Preprocessing { Resize = [4, 4, 4] },
        new Preprocessing { Crop = [4] });

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Values_out_of_range_are_refused(Preprocessing preprocessing) =>
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(preprocessing.Validate).Code);

    [Fact]
    public void What_was_applied_is_told_with_its_scale()
    {
        using var data = Open("(1, 4)", new byte[4], new(Mean: [0.5f]));
        Assert.Equal("""{"scale":0.003921569,"mean":[0.5]}""", new Preprocessing(Mean: [0.5f]).AppliedTo(data).ToJson());
    }
}
