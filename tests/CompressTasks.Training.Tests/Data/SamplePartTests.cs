using System.IO.Compression;

namespace CompressTasks.Training.Tests.Data;

public sealed class SamplePartTests : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly string path;

    /// <summary>100 samples, each with its number: 70 of class 0, 20 of class 1, 10 of class 2, mixed.</summary>
    public SamplePartTests() => path = folder.Write("d.npz", StoredFiles.Zip(
        CompressionLevel.Fastest,
        ("x.npy", StoredFiles.Npy("<f4", "(100, 1)", StoredFiles.Bytes(Enumerable.Range(0, 100).Select(i => (float)i).ToArray()))),
        ("y.npy", StoredFiles.Npy("|u1", "(100,)", [.. Enumerable.Range(0, 100).Select(ClassOf)]))));

    public void Dispose() => folder.Dispose();

    static byte ClassOf(int sample) => (byte)(sample % 10 < 7 ? 0 : sample % 10 < 9 ? 1 : 2);

    int[] Samples(string query)
    {
        using var data = DataSets.Open(path + query);
        using var batch = data.Read([.. Enumerable.Range(0, data.Count)]);
        int[] samples = [.. batch.Inputs.data<float>().ToArray().Select(value => (int)value)];
        Assert.Equal(samples.Select(sample => (long)ClassOf(sample)), batch.Labels!.data<long>().ToArray());
        return samples;
    }

    static int[] PerClass(int[] samples) => [.. Enumerable.Range(0, 3).Select(number => samples.Count(sample => ClassOf(sample) == number))];

    [Theory]
    [InlineData("0.9", new[] { 63, 18, 9 })]
    [InlineData("0.8", new[] { 56, 16, 8 })]
    [InlineData("0.5", new[] { 35, 10, 5 })]
    public void A_split_has_its_share_of_every_class(string share, int[] expected)
    {
        var training = Samples($"?split={share}&part=train");
        var validation = Samples($"?split={share}&part=valid");
        Assert.All(PerClass(training).Zip(expected), pair => Assert.InRange(pair.First, pair.Second - 1, pair.Second + 1));
        Assert.Equal(expected.Sum(), training.Length);
        Assert.Equal(Enumerable.Range(0, 100), training.Concat(validation).Order());
        Assert.Equal(training, Samples($"?split={share}&part=train&seed=1"));
        Assert.NotEqual(training, Samples($"?split={share}&part=train&seed=2"));
    }

    [Fact]
    public void Folds_cover_all_samples_once_with_all_classes_in_each()
    {
        var folds = Enumerable.Range(1, 5).Select(fold => Samples($"?fold={fold}&folds=5&part=valid")).ToArray();
        Assert.Equal(Enumerable.Range(0, 100), folds.SelectMany(fold => fold).Order());
        Assert.All(folds, fold => Assert.Equal([14, 4, 2], PerClass(fold)));
        Assert.Equal(Enumerable.Range(0, 100).Except(folds[1]), Samples("?fold=2&folds=5&part=train"));
    }

    [Fact]
    public void A_part_is_drawn_from_what_skip_and_take_leave()
    {
        var training = Samples("?skip=10&take=50&split=0.5&part=train");
        var validation = Samples("?skip=10&take=50&split=0.5&part=valid");
        Assert.Equal(Enumerable.Range(10, 50), training.Concat(validation).Order());
    }

    [Theory]
    [InlineData("?split=0.9")]
    [InlineData("?part=train")]
    [InlineData("?split=0&part=train")]
    [InlineData("?split=1&part=train")]
    [InlineData("?split=0.5&part=test")]
    [InlineData("?fold=1&part=train")]
    [InlineData("?folds=5&part=train")]
    [InlineData("?fold=6&folds=5&part=train")]
    [InlineData("?fold=0&folds=5&part=train")]
    [InlineData("?fold=1&folds=1&part=train")]
    [InlineData("?fold=1&folds=5&split=0.5&part=train")]
    [InlineData("?seed=3")]
    [InlineData("?split=0.5&part=train&part=valid")]
    public void A_part_that_contradicts_itself_is_refused(string query) =>
        Assert.Equal("CMP0401", Assert.Throws<TrainingException>(() => DataSets.Open(path + query)).Code);

    [Fact]
    public void A_part_without_samples_is_refused() =>
        Assert.Equal("CMP0402", Assert.Throws<TrainingException>(() => DataSets.Open(path + "?take=1&split=0.5&part=train")).Code);
}
