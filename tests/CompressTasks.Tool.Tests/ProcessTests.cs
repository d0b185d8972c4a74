using System.Diagnostics;
using System.Text.Json;

namespace CompressTasks.Tool.Tests;

/// <summary>The command as a user starts it.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task The_version_is_printed_by_the_process()
    {
        var (code, output, error) = await Start("--version");

        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }

    [Fact]
    public async Task An_error_reaches_the_exit_code_and_stdout_has_json_only()
    {
        var (code, output, error) = await Start("profile", "no-such-model.onnx", "--json");

        Assert.Equal((1, ""), (code, error));
        Assert.Equal("CMP0001", JsonDocument.Parse(output).RootElement.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_model_is_profiled_memory_included()
    {
        using var folder = new TemporaryModel();

        var (code, output, error) = await Start("profile", folder.Convolution("net.onnx", channels: 4), "--json", "--runs", "5");

        Assert.Equal(0, code);
        Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("peakMemoryBytes").GetInt64() >= 0);
        Assert.DoesNotContain("error", error, StringComparison.Ordinal);
    }

    static async Task<(int Code, string Output, string Error)> Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "dotnet-compress.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
