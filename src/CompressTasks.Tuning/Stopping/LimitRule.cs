namespace CompressTasks.Tuning;

/// <summary>Stops a trial whose value is not a number or leaves the declared bounds: training that diverged does not come back.</summary>
public sealed record LimitRule : IStoppingRule
{
    public double Lowest { get; init; } = double.NegativeInfinity;

    public double Highest { get; init; } = double.PositiveInfinity;

    /// <summary>The name of the objective; the first one when null.</summary>
    public string? Objective { get; init; }

    public StoppingVerdict Judge(StoppingContext context)
    {
        var value = context.Trial.Reports[^1].Values[Objective is null ? 0 : StepLosses.Deciding(context, Objective)!.Value];
        return value >= Lowest && value <= Highest
            ? StoppingVerdict.Continue
            : StoppingVerdict.Because($"The value {ParameterValue.FromNumber(value)} is out of bounds.");
    }
}
