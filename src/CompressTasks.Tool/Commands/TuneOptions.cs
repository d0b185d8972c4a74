using System.CommandLine;
using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;

namespace CompressTasks.Tool.Commands;

/// <summary>The command line of <c>compress tune</c>: that of <c>compress run</c>, and how to search.</summary>
sealed class TuneOptions
{
    readonly RunOptions run = new(isTuning: true);
    readonly Option<SamplerKind> sampler = Choice.Of("--sampler", "Who suggests what to try.", SamplerKind.Auto);
    readonly Option<StoppingKind> stopping = Choice.Of("--stopping", "When a trial is stopped before its training is over.", StoppingKind.Median);
    readonly Option<int?> folds = SharedOptions.Validated(
        new Option<int?>("--folds") { Description = "Measure the error by cross-validation over so many parts of --train instead of on --validate.", HelpName = "K" },
        number => number is null or >= 2,
        "must be at least 2");
    readonly Option<int> parallel = SharedOptions.Positive("--parallel", "Trials at a time in this process.", 1);
    readonly Option<string?> storage = SharedOptions.Text("--storage", "Where the study is kept: a SQLite file, or postgres://user@host/database for many machines; study.db in the output folder unless given.", "LOCATION");
    readonly Option<string?> study = SharedOptions.Text("--study", "The study's name there; made of model, data and budgets unless given.", "NAME");

    public void AddTo(Command command)
    {
        run.AddTo(command);
        foreach (var option in (Option[])[sampler, stopping, folds, parallel, storage, study]) command.Add(option);
    }

    /// <exception cref="CompressException">CMP0101; CMP0201, CMP0202 budgets; CMP0308 shapes.</exception>
    public (CompressionRequest Request, TuningSettings Settings) Read(ParseResult arguments)
    {
        var request = run.Read(arguments);
        var standard = new TuningSettings();
        return (request with { Trials = null, TimeLimit = null }, standard with
        {
            Trials = request.Trials ?? standard.Trials,
            TimeLimit = request.TimeLimit,
            Sampler = arguments.GetValue(sampler),
            Stopping = arguments.GetValue(stopping),
            Folds = arguments.GetValue(folds),
            Parallel = arguments.GetValue(parallel),
            Storage = arguments.GetValue(storage),
            Study = arguments.GetValue(study),
        });
    }
}
