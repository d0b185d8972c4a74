namespace CompressTasks.Tuning;

/// <summary>
/// Bayesian optimisation with a Gaussian process: Matern 5/2 with automatic relevance determination, fitted by maximum a posteriori to warped losses; log
/// expected improvement; measured constraints by a process each; pending trials by joint samples. The best choice up to some hundred trials of up to twenty
/// parameters. Nothing is remembered between suggestions but the fit to the same finished trials, so resumed studies suggest the same.
/// </summary>
public sealed class GaussianProcessSampler : ISampler
{
    const int FantasySamples = 16;

    readonly SobolSampler _start = new();
    (int Finished, int Encoding, bool Several) _fittedTo = (-1, -1, false);
    KernelParameters? _kernel;

    /// <summary>Suggested by scrambled Sobol points before the first fit; by the number of parameters when null.</summary>
    public int? StartupTrials { get; init; }

    /// <summary>The process stands on at most so many trials: the best and the newest ones of all.</summary>
    public int MaximalTrials { get; init; } = 400;

    /// <summary>Kernel parameters are fitted to at most so many trials.</summary>
    public int MaximalFitted { get; init; } = 160;

    public Proposal? Propose(SamplingContext context)
    {
        var history = context.History;
        if (history.FinishedCount < (StartupTrials ?? Math.Clamp(history.Encoding.Dimensions + 1, 5, 10)))
            return _start.Propose(context);

        var training = TrainingSet.Of(history, context, MaximalTrials);
        if (training.Points.Length < 2)
            return _start.Propose(context);
        var acquisition = Acquisition(context, training);
        var (spread, starts) = training.Points.Length > 250 ? (400, 4) : (1024, 8);
        var found = new AcquisitionSearch(context, acquisition, training.BestPoints).Run(spread, starts);
        return found is null ? _start.Propose(context) : new(found, "gp");
    }

    ExpectedImprovement Acquisition(SamplingContext context, TrainingSet training)
    {
        var choices = Features.Choices(context.History.Encoding);
        var kernel = Kernel(context, training, choices);
        var normals = Normals(context, training.Pending.Length);
        var posterior = new Posterior(training.Points, training.Targets, training.Pending, normals, choices, kernel);
        var constraints = training.Constraints.Select(constraint =>
        {
            var (points, targets) = Thin(training.Points, constraint.Targets, MaximalFitted);
            var own = KernelFit.Fit(points, targets, choices, context.Noisy, 30);
            return (new Posterior(training.Points, constraint.Targets, [], [[]], choices, own), constraint.Limit);
        }).ToList();
        var best = Best(context, training, posterior);
        var bests = posterior.PendingValues.Select(values => values.Append(best).Min()).ToArray();
        return new(double.IsNaN(best) ? null : posterior, bests, constraints);
    }

    KernelParameters Kernel(SamplingContext context, TrainingSet training, bool[] choices)
    {
        var key = (context.History.FinishedCount, context.History.EncodingVersion, context.Objectives.Length > 1);
        if (_kernel is not null && key == _fittedTo && !key.Item3)
            return _kernel;
        var (points, targets) = Thin(training.Points, training.Targets, MaximalFitted);
        _fittedTo = key;
        return _kernel = KernelFit.Fit(points, targets, choices, context.Noisy, points.Length > 100 ? 30 : 60);
    }

    /// <summary>Of a feasible trial; not a number where there is none. With noise the best mean, since the best value is luck.</summary>
    static double Best(SamplingContext context, TrainingSet training, Posterior posterior)
    {
        var best = double.NaN;
        var scratch = posterior.MakeScratch();
        for (var i = 0; i < training.Points.Length; i++)
        {
            if (!training.IsFeasible[i])
                continue;
            var value = training.Targets[i];
            if (context.Noisy)
            {
                posterior.Predict(training.Points[i], scratch);
                value = scratch.Means.Average();
            }

            best = double.IsNaN(best) ? value : Math.Min(best, value);
        }

        return best;
    }

    static double[][] Normals(SamplingContext context, int pending)
    {
        if (pending == 0)
            return [[]];
        var sequence = new SobolSequence(context.Seed ^ context.Number, pending);
        return [.. Enumerable.Range(0, FantasySamples).Select(sample => sequence.Point(sample).Select(Normal.Quantile).ToArray())];
    }

    /// <summary>The best third of the room, and the others evenly.</summary>
    static (double[][] Points, double[] Targets) Thin(double[][] points, double[] targets, int most)
    {
        if (points.Length <= most)
            return (points, targets);
        var order = Enumerable.Range(0, points.Length).OrderBy(i => targets[i]).ToArray();
        var kept = order.Take(most / 3).ToList();
        var rest = order.Skip(most / 3).ToArray();
        for (var i = 0; i < most - (most / 3); i++)
            kept.Add(rest[(int)((long)i * rest.Length / (most - (most / 3)))]);
        return ([.. kept.Select(i => points[i])], [.. kept.Select(i => targets[i])]);
    }
}
