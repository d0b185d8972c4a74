namespace CompressTasks.Tuning;

/// <summary>
/// Chooses by space and trials: up to some hundred trials of up to twenty parameters a Gaussian process, and when that has not found anything better for a
/// while, every fourth suggestion from TPE or zooming random search, which do not share its mistakes. Beyond, these two in turn. With several objectives TPE
/// and the process take turns from the start.
/// </summary>
public sealed class AutoSampler : ISampler
{
    const int MostParametersForProcess = 20;
    const int MostTrialsForProcess = 300;
    const int LeastStall = 20;

    readonly GaussianProcessSampler _process = new();
    readonly TpeSampler _tpe = new();
    readonly RandomSampler _zoom = new() { Zooming = true };

    public Proposal? Propose(SamplingContext context)
    {
        var history = context.History;
        var number = context.Number;
        if (history.FinishedCount > MostTrialsForProcess || history.Encoding.Dimensions > MostParametersForProcess)
            return number % 2 == 0 || context.Noisy ? _tpe.Propose(context) : _zoom.Propose(context);
        if (context.Objectives.Length > 1)
            return number % 2 == 0 ? _tpe.Propose(context) : _process.Propose(context);
        if (number % 4 != 2 || !IsStalled(history))
            return _process.Propose(context);
        return number % 8 == 2 || context.Noisy ? _tpe.Propose(context) : _zoom.Propose(context);
    }

    static bool IsStalled(History history)
    {
        var (best, at, finished) = (double.PositiveInfinity, 0, 0);
        foreach (var observation in history.Observations)
        {
            if (!observation.Trial.IsFinished)
                continue;
            finished++;
            if (observation.Trial.State == TrialState.Complete && observation.Trial.IsFeasible && observation.Losses[0] < best)
                (best, at) = (observation.Losses[0], finished);
        }

        return finished - at >= Math.Max(LeastStall, 2 * history.Encoding.Dimensions);
    }
}
