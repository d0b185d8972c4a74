using System.Text;
using TorchSharp;

namespace CompressTasks.Training.Tests.Data;

public sealed class DelimitedFileTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    string Write(string name, string text) => folder.Write(name, Encoding.UTF8.GetBytes(text));

    static (float[] Samples, float[] Labels) ReadAll(DataSet data)
    {
        using var batch = data.Read([.. Enumerable.Range(0, data.Count)]);
        return (batch.Inputs.data<float>().ToArray(), batch.Labels is null ? [] : batch.Labels.to(torch.ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void Named_classes_are_numbered_in_sorted_order()
    {
        var path = Write("iris.csv", "a,b,species\n1,2.5,\"versi,color\"\r\n-3e1,0,setosa\n\n\"4\",5,\"say \"\"hi\"\"\"");
        using var data = DataSets.Open(path + "?label=species");
        Assert.Equal((3, 3, LabelKind.Classes), (data.Count, data.ClassCount, data.Labels));
        Assert.Equal(["say \"hi\"", "setosa", "versi,color"], data.ClassNames!);
        var (samples, labels) = ReadAll(data);
        Assert.Equal([1, 2.5f, -30, 0, 4, 5], samples);
        Assert.Equal([2f, 1f, 0f], labels);
    }

    [Theory]
    [InlineData("x,y\n1,2\n3,0", "?label=y", LabelKind.Classes, new float[] { 2, 0 })]
    [InlineData("x,y\n1,2\n3,0", "?label=y&labels=targets", LabelKind.Targets, new float[] { 2, 0 })]
    [InlineData("x,y\n1,2.5\n3,0", "?label=y", LabelKind.Targets, new float[] { 2.5f, 0 })]
    [InlineData("x,y\n1,2.5\n3,0", "?label=y&labels=classes", LabelKind.Classes, new float[] { 1, 0 })]
    [InlineData("x,y\n1,b\n3,a", "?label=y&classes=a,c,b", LabelKind.Classes, new float[] { 2, 0 })]
    [InlineData("x,y,z\n1,0,1\n3,1,1", "?label=y,z", LabelKind.MultiLabel, new float[] { 0, 1, 1, 1 })]
    [InlineData("x,y,z\n1,0.5,1\n3,1,1", "?label=y,z", LabelKind.Targets, new float[] { 0.5f, 1, 1, 1 })]
    [InlineData("x,id\n1,abc\n3,d", "?ignore=id", LabelKind.None, new float[0])]
    [InlineData("1,7\n3,8", "?header=no&label=2&labels=targets", LabelKind.Targets, new float[] { 7, 8 })]
    public void The_kind_of_labels_is_seen_or_declared(string text, string query, LabelKind kind, float[] expected)
    {
        var path = Write("t.csv", text);
        using var data = DataSets.Open(path + query);
        Assert.Equal(kind, data.Labels);
        var (samples, labels) = ReadAll(data);
        Assert.Equal([1f, 3f], samples);
        Assert.Equal(expected, labels);
    }

    [Fact]
    public void Tabs_semicolons_and_gzip_are_read()
    {
        using var tabs = DataSets.Open(Write("t.tsv", "a\tb\n1\t2\n"));
        using var semicolons = DataSets.Open(Write("t.csv", "a;b\n1;2\n") + "?separator=semicolon");
        using var packed = DataSets.Open(folder.Write("t.csv.gz", StoredFiles.Gzip("a,b\n1,2\n"u8.ToArray())));
        foreach (var data in (DataSet[])[tabs, semicolons, packed]) Assert.Equal([1f, 2f], ReadAll(data).Samples);
    }

    [Fact]
    public void A_table_above_the_limit_goes_to_disk_and_reads_the_same()
    {
        var random = new Random(1);
        var text = new StringBuilder("a,b,c\n");
        for (var i = 0; i < 500; i++) text.AppendLine(FormattableString.Invariant($"{random.NextSingle()},{random.Next(9)},{i}"));
        var path = Write("t.csv", text.ToString());
        using var small = DataSets.Open(path + "?label=b");
        using var large = DataSets.Open(path + "?label=b", Preprocessing.Default, null, mostInMemory: 1000);
        Assert.Equal((0, 2), (small.ReadersAhead, large.ReadersAhead));
        Assert.Equal(ReadAll(small).Samples, ReadAll(large).Samples);
        Assert.Equal(ReadAll(small).Labels, ReadAll(large).Labels);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a,b\n", "")]
    [InlineData("a,b\n1\n", "")]
    [InlineData("a,b\n1,2,3\n", "")]
    [InlineData("a,b\n1,\n", "")]
    [InlineData("a,b\n1,x\n", "")]
    [InlineData("a,b\n1,NaN\n", "")]
    [InlineData("a,b\n1,1e99\n", "")]
    [InlineData("a,b\n1,\"2\n", "")]
    [InlineData("a,b\n1,\"2\"3\n", "")]
    [InlineData("a,b\n1,2\"\n", "")]
    [InlineData("a,b\n1,2\n", "?label=c")]
    [InlineData("a,a\n1,2\n", "?label=a")]
    [InlineData("a,b\n1,\n", "?label=b")]
    [InlineData("b\n1\n", "?label=b")]
    public void Malformed_tables_are_refused_with_the_line(string text, string query)
    {
        var path = Write("t.csv", text);
        var error = Assert.Throws<TrainingException>(() => DataSets.Open(path + query));
        Assert.Equal(("CMP0402", path), (error.Code, error.File));
        if (text.Contains("1,x", StringComparison.Ordinal)) Assert.Contains("'x' in the column 'b', which is no number (line 2)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_in_another_encoding_and_endless_records_are_refused()
    {
        Assert.Equal("CMP0402", Assert.Throws<TrainingException>(() => DataSets.Open(folder.Write("t.csv", [0x61, 0xFF, 0xFE, 0x0A]))).Code);
        var endless = Assert.Throws<TrainingException>(() => DataSets.Open(folder.Write("t.csv.gz", StoredFiles.Gzip(new byte[20_000_000]))));
        Assert.Contains("16 million", endless.Message, StringComparison.Ordinal);
        Assert.Equal("CMP0402", Assert.Throws<TrainingException>(() => DataSets.Open(folder.Write("t.csv.gz", StoredFiles.Gzip("a,b\n1,2\n3,4\n"u8.ToArray())[..^12]))).Code);
    }

    [Fact]
    public void Unknown_labels_are_refused()
    {
        var error = Assert.Throws<TrainingException>(() => DataSets.Open(Write("t.csv", "x,y\n1,b\n") + "?label=y&classes=a"));
        Assert.Equal("CMP0404", error.Code);
    }
}
