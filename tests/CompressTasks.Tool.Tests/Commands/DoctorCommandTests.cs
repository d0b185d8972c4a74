namespace CompressTasks.Tool.Tests.Commands;

public sealed class DoctorCommandTests
{
    [Fact]
    public async Task Both_native_libraries_load_and_say_their_version()
    {
        var run = await ToolRun.Of("doctor", "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (var library in (string[])["onnxRuntime", "libTorch"])
        {
            Assert.True(run.Json.GetProperty(library).GetProperty("loads").GetBoolean());
            Assert.Matches(@"^\d+\.\d+", run.Json.GetProperty(library).GetProperty("version").GetString());
        }
    }

    [Fact]
    public async Task Text_names_the_machine_and_the_cache_folder()
    {
        var run = await ToolRun.Of("doctor");

        Assert.Contains("Processor", run.Out, StringComparison.Ordinal);
        Assert.Contains(Training.CacheFolder.Path, run.Out, StringComparison.Ordinal);
    }
}
