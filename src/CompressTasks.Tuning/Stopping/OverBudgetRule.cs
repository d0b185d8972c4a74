namespace CompressTasks.Tuning;

/// <summary>Stops a trial as soon as a constraint that it measured (<see cref="Trial.Measure"/>) is violated: the best accuracy would not make up for it.</summary>
public sealed record OverBudgetRule : IStoppingRule
{
    public StoppingVerdict Judge(StoppingContext context) =>
        context.Trial.IsFeasible ? StoppingVerdict.Continue : StoppingVerdict.Because("A measured constraint is violated.");
}
