using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.Sparsity;

namespace CompressTasks.Pipeline.Tests.Recipes;

public sealed class MaskStageTests : IDisposable
{
    readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void Everything_about_zeros_is_read_and_written_back()
    {
        var recipe = Read("""{ "stage": "prune", "granularity": "weight", "sparsity": 0.95, "schedule": "exponential", "steps": 20, "rewind": 0.5, "recovery": { "epochs": 3 } }""");
        Assert.Equal(
            new PruneStage { Granularity = new PruningGrain(Granularity.Weight), Sparsity = 0.95, Schedule = PruningSchedule.Exponential, Steps = 20, Rewind = 0.5, Recovery = new() { Epochs = 3 } },
            recipe.Stages[0]);
        Assert.Equal(Regrowth.Gradient, ((PruneStage)Read("""{ "stage": "prune", "granularity": "weight", "sparsity": 0.9, "regrowth": "gradient", "start": "scratch", "steps": 100 }""").Stages[0]).Regrowth);
        Assert.Equal(new PruningGrain(Granularity.Pattern, 2, 4), ((PruneStage)Read("""{ "stage": "prune", "granularity": "2:4", "sparsity": 0.5 }""").Stages[0]).Granularity);
        Assert.Contains("\"granularity\": \"2:4\"", RecipeFile.Write(Read("""{ "stage": "prune", "granularity": "2:4" }""")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"granularity\": \"2:4\", \"sparsity\": 0.6", "sparsity of its own")]
    [InlineData("\"granularity\": \"weight\", \"sparsity\": 1", "below 1")]
    [InlineData("\"granularity\": \"weight\", \"criterion\": \"batch-norm-scale\"", "does not judge single weights")]
    [InlineData("\"granularity\": \"weight\", \"distribution\": \"budget\"", "distribution")]
    [InlineData("\"granularity\": \"weight\", \"roundTo\": 8", "roundTo")]
    [InlineData("\"granularity\": \"weight\", \"criterion\": \"movement\"", "movement")]
    [InlineData("\"granularity\": \"weight\", \"steps\": 3", "steps")]
    [InlineData("\"granularity\": \"block-4x4\", \"regrowth\": \"gradient\", \"steps\": 3", "single weights")]
    [InlineData("\"granularity\": \"weight\", \"regrowth\": \"random\", \"schedule\": \"cubic\", \"steps\": 3", "one-shot")]
    [InlineData("\"granularity\": \"weight\", \"regrowth\": \"splice\"", "splice")]
    [InlineData("\"granularity\": \"weight\", \"regrowth\": \"splice\", \"criterion\": \"taylor\", \"schedule\": \"cubic\", \"steps\": 3", "magnitudes")]
    [InlineData("\"granularity\": \"weight\", \"criterion\": \"taylor\", \"schedule\": \"cubic\", \"steps\": 1", "gradients first")]
    [InlineData("\"granularity\": \"weight\", \"rewind\": 1", "rewind")]
    [InlineData("\"granularity\": \"weight\", \"schedule\": \"cubic\", \"steps\": 2, \"rewind\": 3, \"recovery\": { \"epochs\": 2 }", "rewind")]
    [InlineData("\"granularity\": \"weight\", \"recovery\": { \"epochs\": 2 }", "recovery")]
    [InlineData("\"granularity\": \"channel\", \"regrowth\": \"random\"", "regrowth")]
    [InlineData("\"granularity\": \"channel\", \"start\": \"scratch\"", "start")]
    public void What_makes_no_sense_is_refused_with_the_reason(string settings, string reason)
    {
        var exception = Assert.Throws<RecipeException>(() => Read($$"""{ "stage": "prune", {{settings}} }"""));
        Assert.Equal("CMP0111", exception.Code);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    Recipe Read(string stage)
    {
        File.WriteAllText(file, $$"""{ "stages": [ {{stage}} ] }""");
        return RecipeFile.Read(file);
    }
}
