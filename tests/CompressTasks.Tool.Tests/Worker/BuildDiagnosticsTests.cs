using CompressTasks.Tool.Worker;

namespace CompressTasks.Tool.Tests.Worker;

public sealed class BuildDiagnosticsTests
{
    [Fact]
    public void An_error_is_one_line_with_its_hint()
    {
        Assert.Equal(
            $"{Requests.Project}(10,5): error CMP0002: not ONNX: because of two lines. Export it again.",
            Line(new CompressException("CMP0002", "not ONNX:\n  because of\ttwo lines.", "/home/me/app/models/net.onnx", "Export it again.")));
    }

    [Theory]
    [InlineData("/home/me/app/data/train.npz", 11)]
    [InlineData("/home/me/app/data/valid.npz", 12)]
    [InlineData("/home/me/app/b.bin", 13)]
    [InlineData("/somewhere/else", 10)]
    [InlineData(null, 10)]
    public void An_error_about_a_file_is_reported_where_the_file_is_named(string? file, int line)
    {
        var error = new CompressException("CMP0401", "There is no such file.", file);
        Assert.StartsWith($"{Requests.Project}({line},", Line(error), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_position_is_unknown_the_file_alone_is_named()
    {
        using var output = new StringWriter();
        new BuildDiagnostics(output, Requests.Of() with { ItemLocation = new SourceLocation(Requests.Project, 0, 0) }).Warning(new CompressException("CMP0203", "Missed."), "The original is used.");
        Assert.Equal($"{Requests.Project}: warning CMP0203: Missed. The original is used.", output.ToString().TrimEnd());
    }

    static string Line(CompressException exception)
    {
        using var output = new StringWriter();
        new BuildDiagnostics(output, Requests.Of(("TrainingData", "data/train.npz?x=a"), ("ValidationData", "data/../data/valid.npz"), ("TestData", "a.bin; b.bin"))).Error(exception);
        return Assert.Single(output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }
}
