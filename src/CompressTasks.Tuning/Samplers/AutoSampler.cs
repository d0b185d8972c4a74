namespace CompressTasks.Tuning;

/// <summary>
/// Chooses by space and trials: up to some hundred trials of up to twenty parameters a Gaussian process, with every fifth suggestion from TPE, which does not
/// share its mistakes; beyond that TPE and zooming random search in turn. With several objectives TPE and the process take turns from the start.
/// </summary>
public sealed class AutoSampler : ISampler
{
    const int MostParametersForProcess = 20;
    const int MostTrialsForProcess = 300;

    readonly GaussianProcessSampler _process = new();
    readonly TpeSampler _tpe = new();
    readonly RandomSampler _zoom = new() { Zooming = true };

    public Proposal? Propose(SamplingContext context)
    {
        var history = context.History;
        if (history.FinishedCount > MostTrialsForProcess || history.Encoding.Dimensions > MostParametersForProcess)
            return Turn(context, context.Noisy ? 1 : 2) == 0 ? _tpe.Propose(context) : _zoom.Propose(context);
        var isTpesTurn = Turn(context, context.Objectives.Length > 1 ? 2 : 5) == 0 && history.FinishedCount >= _tpe.StartupTrials;
        return isTpesTurn ? _tpe.Propose(context) : _process.Propose(context);
    }

    static int Turn(SamplingContext context, int every) => context.Number % every;
}
