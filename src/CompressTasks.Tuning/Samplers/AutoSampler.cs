namespace CompressTasks.Tuning;

/// <summary>
/// Chooses by space and trials: up to some hundred trials of up to twenty parameters a Gaussian process, beyond, TPE and zooming random search in turn. With several
/// objectives TPE and the process take turns from the start.
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
        var number = context.Number;
        if (history.FinishedCount > MostTrialsForProcess || history.Encoding.Dimensions > MostParametersForProcess)
            return number % 2 == 0 || context.Noisy ? _tpe.Propose(context) : _zoom.Propose(context);
        if (context.Objectives.Length > 1)
            return number % 2 == 0 ? _tpe.Propose(context) : _process.Propose(context);
        return _process.Propose(context);
    }
}
