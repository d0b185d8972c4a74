namespace CompressTasks.Tuning;

/// <summary>
/// Bayesian optimisation with a Gaussian process: Matern 5/2 with automatic relevance determination, fitted by maximum a posteriori to warped losses; log
/// expected improvement; measured constraints by a process each; pending trials by joint samples. The best choice up to a thousand trials of some dozens of
/// parameters. Nothing is remembered between suggestions but the fit to the same finished trials, so resumed studies suggest the same.
/// </summary>
public sealed class GaussianProcessSampler : ISampler
{
    const int FantasySamples = 16;
    const int LeastTrialsForRegion = 20;
    const int LeastNear = 40;
    const double SmallRegion = 0.05;
    const string AxisOrigin = "gp axis";

    readonly SobolSampler _start = new();
    (int Finished, int Encoding) _fittedTo = (-1, -1);
    KernelParameters? _kernel;

    /// <summary>Suggested by scrambled Sobol points before the first fit; by the number of parameters when null.</summary>
    public int? StartupTrials { get; init; }

    /// <summary>The process stands on at most so many trials: the best and the newest ones of all; at least 2.</summary>
    public int MaximalTrials { get; init => field = AtLeastTwo(value); } = 400;

    /// <summary>Kernel parameters are fitted to at most so many trials; at least 2.</summary>
    public int MaximalFitted { get; init => field = AtLeastTwo(value); } = 160;

    public Proposal? Propose(SamplingContext context)
    {
        var history = context.History;
        // Trials of an earlier, other range teach nothing.
        var usable = history.Observations.Count(observation => observation.Trial.IsFinished && observation.Point is not null);
        if (usable < Math.Max(2, StartupTrials ?? Math.Clamp(history.Encoding.Dimensions + 1, 5, 10)))
            return _start.Propose(context);

        var (region, alongAxes) = Mode(context);
        var features = new Features(history.Encoding, region);
        var most = region is null ? MaximalTrials : Math.Clamp(10 * history.Encoding.Dimensions, LeastNear, MaximalFitted);
        var training = TrainingSet.Of(history, context, features, most);
        var acquisition = Acquisition(context, features, training);
        var (spread, starts) = training.Points.Length > 250 || region is not null ? (400, 4) : (1024, 8);
        var search = new AcquisitionSearch(context, features, acquisition, training.BestPoints);
        var axis = history.Observations.Count(observation => observation.Trial.Origin == AxisOrigin) % history.Encoding.Dimensions;
        if (alongAxes && search.RunAlongAxis(axis, spread) is { } far)
            return new(far, AxisOrigin);
        var found = search.Run(spread, starts);
        return found is null ? _start.Propose(context) : new(found, region is null ? "gp" : TrustRegion.Origin);
    }

    static int AtLeastTwo(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 2);
        return value;
    }

    /// <summary>Every other suggestion is local; when the region has become small, half of these search along the axes instead.</summary>
    static (TrustRegion? Region, bool AlongAxes) Mode(SamplingContext context)
    {
        if (context.Number % 2 == 0 || context.Noisy || context.Objectives.Length > 1 || context.History.FinishedCount < LeastTrialsForRegion)
            return (null, false);
        var region = TrustRegion.Of(context.History);
        if (region is null || region.Width >= SmallRegion)
            return (region, false);
        return region.Width < TrustRegion.Narrowest || context.Number % 4 == 1 ? (null, true) : (region, false);
    }

    ExpectedImprovement Acquisition(SamplingContext context, Features features, TrainingSet training)
    {
        var choices = features.Choices;
        var kernel = Kernel(context, features, training);
        var normals = Normals(context, training.Pending.Length, 1 + training.Constraints.Count);
        var posterior = new Posterior(training.Points, training.Targets, training.Pending, normals[0], choices, kernel);
        var constraints = training.Constraints.Select((constraint, index) =>
        {
            var (points, targets) = Thin(training.Points, constraint.Targets, MaximalFitted);
            var own = KernelFit.Fit(points, targets, choices, context.Noisy, 30);
            return (Posterior: new Posterior(training.Points, constraint.Targets, training.Pending, normals[1 + index], choices, own), constraint.Limit);
        }).ToList();
        var best = Best(context, training, posterior);
        return new(double.IsNaN(best) ? null : posterior, [.. posterior.PendingValues.Select(BestOfSample)], constraints);

        // A pending trial is to be improved on only where it will turn out feasible.
        double BestOfSample(double[] values, int sample) => values
            .Where((_, pending) => constraints.TrueForAll(constraint => constraint.Posterior.PendingValues[sample][pending] <= constraint.Limit))
            .Append(best)
            .Min();
    }

    /// <summary>Fitted anew only when the finished trials have changed since the last suggestion.</summary>
    KernelParameters Kernel(SamplingContext context, Features features, TrainingSet training)
    {
        var key = (context.History.FinishedCount, context.History.EncodingVersion);
        var reusable = features.Region is null && context.Objectives.Length == 1;
        if (reusable && _kernel is not null && key == _fittedTo)
            return _kernel;
        var (points, targets) = Thin(training.Points, training.Targets, MaximalFitted);
        var kernel = KernelFit.Fit(points, targets, features.Choices, context.Noisy, points.Length > 100 ? 30 : 60);
        if (reusable)
            (_fittedTo, _kernel) = (key, kernel);
        return kernel;
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

    /// <returns>Standard normal numbers for each of the processes, sample and pending trial.</returns>
    static double[][][] Normals(SamplingContext context, int pending, int processes)
    {
        if (pending == 0)
            return [.. Enumerable.Repeat<double[][]>([[]], processes)];
        var sequence = new SobolSequence(context.Seed ^ context.Number, pending * processes);
        var samples = Enumerable.Range(0, FantasySamples).Select(sample => sequence.Point(sample).Select(Normal.Quantile).Chunk(pending).ToArray()).ToArray();
        return [.. Enumerable.Range(0, processes).Select(process => samples.Select(sample => sample[process]).ToArray())];
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
