namespace CompressTasks.Training.Tests.Data;

public class SampleSourceTests
{
    static readonly string Assembly = typeof(Squares).Assembly.Location;

    static string Argument(Type type, string more = "") => $"{Assembly}?type={type.FullName}{more}";

    [Fact]
    public void A_class_of_the_users_gives_the_samples()
    {
        using var data = DataSets.Open(Argument(typeof(Squares), "&arg=7%3B&take=5"));
        Assert.Equal((5, 3, LabelKind.Classes), (data.Count, data.ClassCount, data.Labels));
        using var batch = data.Read([4, 1]);
        Assert.Equal([2L, 2L], batch.Inputs.shape);
        Assert.Equal([16f, 7, 1, 7], batch.Inputs.data<float>().ToArray());
        Assert.Equal([1L, 1L], batch.Labels!.data<long>().ToArray());
        Assert.Equal(64, data.ContentHash.Length);
    }

    [Fact]
    public void It_is_loaded_apart_from_the_program()
    {
        Squares.Loaded = 100;
        using var data = DataSets.Open(Argument(typeof(Squares)));
        Assert.Equal(["1", "b", "c"], data.ClassNames!);
        Assert.Equal(100, Squares.Loaded);
    }

    [Fact]
    public void Masks_and_rows_of_labels_have_their_shapes()
    {
        using var data = DataSets.Open(Argument(typeof(Masks)));
        using var batch = data.Read([1]);
        Assert.Equal([1L, 2L, 2L], batch.Labels!.shape);
        Assert.Equal((LabelKind.PixelClasses, 5), (data.Labels, data.ClassCount));
    }

    [Theory]
    [InlineData("No.Such", "has no type")]
    [InlineData("CompressTasks.Training.Tests.Data.SampleSourceTests", "does not derive")]
    [InlineData("CompressTasks.Training.Tests.Data.FailingSource", "fails in the constructor")]
    [InlineData("CompressTasks.Training.Tests.Data.NamelessSource", "a ClassCount")]
    public void What_cannot_be_used_is_said(string type, string message)
    {
        var error = Assert.Throws<TrainingException>(() => DataSets.Open($"{Assembly}?type={type}"));
        Assert.Equal("CMP0405", error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_labels_and_exceptions_are_told_as_the_users()
    {
        using var wrong = DataSets.Open(Argument(typeof(Masks)));
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => wrong.Read([2])).Code);
        var error = Assert.Throws<TrainingException>(() => wrong.Read([3]));
        Assert.Equal("CMP0405", error.Code);
        Assert.Contains("no such mask", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_no_assembly_and_constructors_that_are_not_there_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("CMP0405", Assert.Throws<TrainingException>(() => DataSets.Open(folder.Write("a.dll", [1, 2, 3]) + "?type=A")).Code);
        Assert.Equal("CMP0401", Assert.Throws<TrainingException>(() => DataSets.Open(Path.Combine(folder.Path, "b.dll") + "?type=A")).Code);
        Assert.Equal("CMP0401", Assert.Throws<TrainingException>(() => DataSets.Open(Assembly)).Code);
        Assert.Equal("CMP0405", Assert.Throws<TrainingException>(() => DataSets.Open(Argument(typeof(Masks), "&arg=1"))).Code);
    }
}

/// <summary>Sample i is (i squared, the argument's first digit); its class i squared modulo 3.</summary>
public sealed class Squares(string argument) : SampleSource
{
    public Squares() : this("0")
    {
    }

    public static int Loaded { get; set; }

    public override int Count => 10;

    public override IReadOnlyList<int> SampleShape => [2];

    public override LabelKind Labels => LabelKind.Classes;

    public override IReadOnlyList<string> ClassNames { get; } = [(++Loaded).ToString(System.Globalization.CultureInfo.InvariantCulture), "b", "c"];

    public override void Read(int index, Span<float> sample, Span<float> label)
    {
        (sample[0], sample[1]) = (index * index, argument[0] - '0');
        label[0] = index * index % 3;
    }
}

public sealed class Masks : SampleSource
{
    public override int Count => 4;

    public override IReadOnlyList<int> SampleShape => [1, 2, 2];

    public override LabelKind Labels => LabelKind.PixelClasses;

    public override IReadOnlyList<int> LabelShape => [2, 2];

    public override int? ClassCount => 5;

    public override void Read(int index, Span<float> sample, Span<float> label)
    {
        if (index == 3) throw new InvalidOperationException("no such mask");
        label.Fill(index == 2 ? 5 : index);
    }
}

public sealed class FailingSource : SampleSource
{
    public FailingSource() => throw new InvalidOperationException("not today");

    public override int Count => 1;

    public override IReadOnlyList<int> SampleShape => [1];

    public override void Read(int index, Span<float> sample, Span<float> label)
    {
    }
}

public sealed class NamelessSource : SampleSource
{
    public override int Count => 1;

    public override IReadOnlyList<int> SampleShape => [1];

    public override LabelKind Labels => LabelKind.Classes;

    public override void Read(int index, Span<float> sample, Span<float> label)
    {
    }
}
