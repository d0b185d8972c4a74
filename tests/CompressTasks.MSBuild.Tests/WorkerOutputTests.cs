namespace CompressTasks.MSBuild.Tests;

public sealed class WorkerOutputTests
{
    [Theory]
    [InlineData("/a b/App (1).csproj(12,7): error CMP0201: '12 parsecs' is no size.", true, "CMP0201", "/a b/App (1).csproj", 12, 7, "'12 parsecs' is no size.")]
    [InlineData(@"C:\src\App.csproj(3,1): warning CMP0299: a: b", false, "CMP0299", @"C:\src\App.csproj", 3, 1, "a: b")]
    [InlineData("/src/net.onnx : error CMP0002: not ONNX", true, "CMP0002", "/src/net.onnx", 0, 0, "not ONNX")]
    [InlineData("CompressTasks : error CMP0301: no libtorch", true, "CMP0301", "", 0, 0, "no libtorch")]
    public void Canonical_lines_are_diagnostics(string line, bool isError, string code, string file, int lineNumber, int column, string text)
    {
        var diagnostic = new WorkerOutput().Read(line);
        Assert.NotNull(diagnostic);
        Assert.Equal(isError, diagnostic.IsError);
        Assert.Equal(code, diagnostic.Code);
        Assert.Equal(new SourcePlace(file, lineNumber, column), diagnostic.Place);
        Assert.Equal(text, diagnostic.Text);
    }

    [Theory]
    [InlineData("compress> Training: error CMP is far")]
    [InlineData("error: something of another program")]
    [InlineData("")]
    public void Other_lines_are_not(string line) => Assert.Null(new WorkerOutput().Read(line));

    [Fact]
    public void Keeps_the_last_lines_that_are_neither_diagnostics_nor_progress()
    {
        var output = new WorkerOutput();
        foreach (var line in (string[])["1", "2", "3", "compress> epoch", "4", "", "5"]) output.Read(line);
        Assert.Equal(" Its last lines were: 2 | 3 | 4 | 5", output.LastWords);
    }
}
