namespace CompressTasks.Tuning;

/// <summary>
/// Chooses by space and trials: a Gaussian process as long as there are no more trials and parameters than it was measured to be the best for; beyond, TPE and
/// zooming random search in turn. Where the objective is noisy the process and TPE take turns: each alone settles too early on what was lucky.
/// </summary>
public sealed class AutoSampler : ISampler
{
    const int MostParametersForProcess = 50;
    const int MostTrialsForProcess = 1000;

    readonly GaussianProcessSampler _process = new();
    readonly TpeSampler _tpe = new();
    readonly RandomSampler _zoom = new() { Zooming = true };

    public Proposal? Propose(SamplingContext context)
    {
        var history = context.History;
        var isEven = context.Number % 2 == 0;
        if (history.FinishedCount <= MostTrialsForProcess && history.Encoding.Dimensions <= MostParametersForProcess)
            return isEven || !context.Noisy ? _process.Propose(context) : _tpe.Propose(context);
        return isEven || context.Noisy ? _tpe.Propose(context) : _zoom.Propose(context);
    }
}
