namespace CompressTasks.Tuning;

/// <summary>Chooses by space and trials.</summary>
public sealed class AutoSampler : ISampler
{
    readonly TpeSampler _tpe = new();

    public Proposal? Propose(SamplingContext context) => _tpe.Propose(context);
}
