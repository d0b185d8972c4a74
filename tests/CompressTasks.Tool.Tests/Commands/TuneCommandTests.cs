using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Tests.Commands;

public sealed class TuneCommandTests : IDisposable
{
    const string Ranges = """
        { "baseline": false, "stages": [
          { "stage": "prune" },
          { "stage": "train", "training": { "epochs": 1, "learningRate": { "log": [0.001, 0.1] } }, "extraRounds": 0 } ] }
        """;

    readonly TemporaryModel folder = new();
    readonly TemporaryCache cache;

    public TuneCommandTests() => cache = new TemporaryCache(folder.PathOf("cache"));

    public void Dispose()
    {
        cache.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_json_is_the_report_with_all_trials_and_the_same_command_adds_to_them()
    {
        var run = await Run(Ranges, "--max-macs", "50%", "--trials", "2", "--json");
        Assert.True(run.ExitCode == 0, run.Out);
        var trials = run.Json.GetProperty("tuning").GetProperty("trials");
        Assert.Equal([0, 1], trials.EnumerateArray().Select(trial => trial.GetProperty("number").GetInt32()));
        Assert.Equal(await File.ReadAllTextAsync(folder.PathOf("out/report.json")), run.Out.TrimEnd('\n'));

        var more = await Run(Ranges, "--max-macs", "50%", "--trials", "3", "--json");
        Assert.Equal(3, more.Json.GetProperty("tuning").GetProperty("trials").GetArrayLength());
        Assert.Equal(trials[1].ToString(), more.Json.GetProperty("tuning").GetProperty("trials")[1].ToString());
        Assert.Equal(
            ["best-recipe.json", "net.onnx", "report.json", "report.md", "study.db", "study.json", "study.md", "trials.csv"],
            Directory.EnumerateFiles(folder.PathOf("out")).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith("study.db-", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_log_has_a_line_for_each_trial_and_people_get_the_outcome()
    {
        var run = await Run(Ranges, "--max-macs", "50%", "--trials", "2", "--sampler", "random");
        Assert.Matches(@"tune: 50 % trial 0 complete, error [\d.]+, best [\d.]+: learningRate", run.Error);
        Assert.Matches(@"tune: 100 % trial 1 complete", run.Error);
        Assert.Matches(@"Trial [01] of 2 was best: validation error [\d.]+, without tuning [\d.]+\.", run.Out);
    }

    [Fact]
    public async Task A_terminal_shows_the_trials_as_a_table()
    {
        var console = new ToolConsole { Out = TextWriter.Null, Error = TextWriter.Null, IsErrorTerminal = true, Width = 120 };
        var run = await ToolRun.Of(console, default, Arguments(Ranges, "--max-macs", "50%", "--trials", "2", "--study", "mine"));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Trial", run.Error, StringComparison.Ordinal);
        Assert.Contains("complete", run.Error, StringComparison.Ordinal);
        Assert.Contains("learningRate", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "CMP0114", """{ "stages": [ { "stage": "train" } ] }""")]
    [InlineData(2, "CMP0901", """{ "stages": [ { "stage": "train", "training": { "learningRate": { "log": [0, 1] } } } ] }""")]
    [InlineData(2, "CMP0101", Ranges, "--folds", "1")]
    [InlineData(2, "CMP0101", Ranges, "--sampler", "guess")]
    [InlineData(1, "CMP0905", Ranges, "--storage", "postgres://nobody@127.0.0.1:1/none")]
    public async Task A_mistake_is_one_error(int exitCode, string code, string recipe, params string[] more)
    {
        var run = await Run(recipe, ["--max-macs", "50%", "--json", .. more]);
        Assert.Equal((exitCode, code), (run.ExitCode, run.Json.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_run_refuses_ranges_unless_it_may_make_trials()
    {
        string[] Rest(params string[] more) => ["run", .. Arguments(Ranges, ["--max-macs", "50%", "--json", .. more])[1..]];
        var refused = await ToolRun.Of(Rest());
        Assert.Equal((2, "CMP0113"), (refused.ExitCode, refused.Json.GetProperty("error").GetProperty("code").GetString()));
        var run = await ToolRun.Of(Rest("--trials", "2"));
        Assert.True(run.ExitCode == 0, run.Out);
        Assert.Equal(2, run.Json.GetProperty("tuning").GetProperty("trials").GetArrayLength());
    }

    Task<ToolRun> Run(string recipe, params string[] more) => ToolRun.Of(Arguments(recipe, more));

    string[] Arguments(string recipe, params string[] more)
    {
        File.WriteAllText(folder.PathOf("ranges.json"), recipe);
        var (training, validation) = (TemporaryData.TwoClasses(folder, "train", 64, seed: 1), TemporaryData.TwoClasses(folder, "valid", 32, seed: 2));
        return ["tune", folder.Convolution("net.onnx", channels: 8), "--recipe", folder.PathOf("ranges.json"), "--train", training, "--validate", validation, "--threads", "1", "-o", folder.PathOf("out"), .. more];
    }
}
