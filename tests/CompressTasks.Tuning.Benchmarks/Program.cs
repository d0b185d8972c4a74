using CompressTasks.Tuning.Benchmarks;

return args switch
{
    ["regret", .. var rest] => RegretCommand.Run(rest),
    ["table", .. var rest] => TableCommand.Run(rest),
    ["latency", .. var rest] => LatencyCommand.Run(rest),
    ["stopping", .. var rest] => StoppingCommand.Run(rest),
    ["front", .. var rest] => FrontCommand.Run(rest),
    ["tabulate", .. var rest] => TabulateCommand.Run(rest),
    ["real", .. var rest] => RealCommand.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        regret FILE [--samplers a,b] [--functions a,b] [--seeds 20] [--trials 200] [--threads 1] [--parallel 1 [--uneven]]
               adds runs that FILE does not have yet
        table FILE... [--samplers a,b] [--seeds 20] [--mean]   median regrets of such files as Markdown, against the sampler random
        latency          milliseconds to propose after 1,000 trials of ten parameters
        stopping [--seeds 20] [--functions a,b] [--curves ratio|offset] [--sampler tpe] [--trials 100]   what early stopping saves
        real FILE --train DATA --validate DATA --test DATA [--samplers a,b] [--seeds 3] [--trials 40] [--epochs 3]
               tunes seven hyper-parameters of a small network's training; adds runs that FILE does not have yet
        front [--samplers a,b] [--seeds 10]   with two objectives: the share of the dominated area that is missing
        tabulate NAME FILE --train DATA --validate DATA   runs every training of a table; adds rows that FILE does not have yet
        """);
    return 2;
}
