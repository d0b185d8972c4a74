using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Data;

public class LabelKindTests
{
    [Theory]
    [InlineData(new long[] { 4 }, ScalarType.Int64, LabelKind.Classes)]
    [InlineData(new long[] { 4, 1 }, ScalarType.Bool, LabelKind.Classes)]
    [InlineData(new long[] { 4, 3 }, ScalarType.Byte, LabelKind.MultiLabel)]
    [InlineData(new long[] { 4, 3 }, ScalarType.Float32, LabelKind.Targets)]
    [InlineData(new long[] { 4, 5, 5 }, ScalarType.Int32, LabelKind.PixelClasses)]
    [InlineData(new long[] { 4, 1, 5, 5 }, ScalarType.Int32, LabelKind.PixelClasses)]
    [InlineData(new long[] { 4, 2, 5, 5 }, ScalarType.Float64, LabelKind.Targets)]
    public void The_kind_follows_type_and_shape(long[] shape, ScalarType type, LabelKind kind)
    {
        using var data = DataSets.FromTensors("made", zeros(4, 2), ones(shape, type));
        Assert.Equal(kind, data.Labels);
        using var batch = data.Read([1, 2]);
        Assert.Equal([2, .. data.LabelShape], batch.Labels!.shape);
        Assert.Equal(kind is LabelKind.Classes or LabelKind.PixelClasses ? ScalarType.Int64 : ScalarType.Float32, batch.Labels.dtype);
    }

    [Theory]
    [InlineData(new long[] { 2, 3 }, 1, 4, false)]
    [InlineData(new long[] { 2, 3 }, 1, 3, true)]
    [InlineData(new long[] { 2, 2, 2 }, 1, 6, false)]
    [InlineData(new long[] { 2, 2, 2 }, 2, 8, false)]
    [InlineData(new long[] { 2, 2, 2 }, 1, 8, true)]
    [InlineData(new long[] { 2, 2, 2 }, 1, 4, true)] // one output tells two classes apart
    [InlineData(new long[] { 2, 2, 2 }, 2, 4, false)]
    [InlineData(new long[] { 2, 3 }, 1, long.MaxValue, true)] // not known before the model runs
    public void Labels_have_to_fit_the_outputs(long[] shape, long highest, long outputs, bool fits)
    {
        using var data = DataSets.FromTensors("made", zeros(2, 2), full(shape, highest, ScalarType.Int64));
        if (fits) data.EnsureLabels(outputs);
        else Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => data.EnsureLabels(outputs)).Code);
    }

    [Theory]
    [InlineData("classes", "(2, 2)")]
    [InlineData("multi", "(2, 2, 1)")]
    [InlineData("pixels", "(2, 2)")]
    public void A_declared_kind_has_to_fit(string kind, string shape)
    {
        using var folder = new TemporaryFolder();
        var x = folder.Write("x.npy", StoredFiles.Npy("|u1", "(2, 3)", new byte[6]));
        var y = folder.Write("y.npy", StoredFiles.Npy("|u1", shape, new byte[4]));
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => DataSets.Open($"{x};{y}?labels={kind}")).Code);
        using var none = DataSets.Open($"{x};{y}?labels=none");
        Assert.False(none.HasLabels);
        using var targets = DataSets.Open($"{x};{y}?labels=targets");
        Assert.Equal(LabelKind.Targets, targets.Labels);
    }
}
