namespace CompressTasks.Tool.Tests.CommandLine;

public sealed class CommandTreeTests
{
    [Fact]
    public async Task No_arguments_show_the_help_page()
    {
        var run = await ToolRun.Of();

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("dotnet-compress [command] [options]", run.Out, StringComparison.Ordinal);
        Assert.Contains("3 budget not met", run.Out, StringComparison.Ordinal);
        Assert.Equal(run.Out, (await ToolRun.Of("--help")).Out);
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        var run = await ToolRun.Of("--version");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+[^+\n]*\n$", run.Out);
    }

    [Fact]
    public async Task A_mistyped_command_is_one_line_with_a_suggestion_and_exit_code_2()
    {
        var run = await ToolRun.Of("profil", "model.onnx");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Out);
        Assert.Equal("error CMP0101: 'profil' is not a command.\nDid you mean 'profile'? See 'dotnet-compress --help'.\n", run.Error);
    }

    [Theory]
    [InlineData("'--thread' is not an option or argument of profile.", "profile", "m.onnx", "--thread", "2")]
    [InlineData("'--layer' is not an option or argument of profile.", "profile", "--layer", "m.onnx")]
    [InlineData("--threads must be at least 1.", "profile", "m.onnx", "--threads", "0")]
    [InlineData("Required argument 'MODEL' missing for command: 'profile'.", "profile")]
    [InlineData("'loud' is not a verbosity; it is one of q[uiet], n[ormal], d[etailed].", "profile", "m.onnx", "-v", "loud")]
    public async Task Bad_usage_says_what_is_wrong(string message, params string[] arguments)
    {
        var run = await ToolRun.Of(arguments);

        Assert.Equal((2, ""), (run.ExitCode, run.Out));
        Assert.StartsWith("error CMP0101: " + message, run.Error, StringComparison.Ordinal);
        Assert.Equal(2, run.Error.Count(character => character == '\n'));
    }

    [Fact]
    public async Task In_json_mode_bad_usage_is_json_and_nothing_else()
    {
        var run = await ToolRun.Of("profile", "--json", "--no-such-option");

        Assert.Equal((2, ""), (run.ExitCode, run.Error));
        Assert.Equal("CMP0101", run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("profile")]
    [InlineData("run")]
    [InlineData("prune")]
    [InlineData("train")]
    [InlineData("distill")]
    [InlineData("evaluate")]
    [InlineData("doctor")]
    public async Task Every_command_has_help_with_an_example(string command)
    {
        var run = await ToolRun.Of(command, "--help");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains($"Examples:\n  dotnet compress {command}", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_of_profile_is_as_it_was() => Snapshots.Match((await ToolRun.Of("profile", "--help")).Out);
}
