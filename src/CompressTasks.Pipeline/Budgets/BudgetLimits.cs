using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pipeline;

/// <summary>A budget made absolute by the original's measurement.</summary>
/// <param name="Budget">As the user wrote it.</param>
/// <param name="Limit">The bound in the kind's unit; for the two accuracy budgets the least accuracy.</param>
/// <param name="Original">The original's measurement, null where it was not needed and not made.</param>
public sealed record BudgetLimit(Budget Budget, double Limit, double? Original)
{
    /// <summary>True where the measurement must be at least the limit.</summary>
    public bool IsLowerBound => Budget.Kind is BudgetKind.MinAccuracy or BudgetKind.MaxAccuracyDrop;
}

/// <summary>All budgets of one request, made absolute.</summary>
public sealed class BudgetLimits
{
    BudgetLimits(IReadOnlyList<BudgetLimit> limits) => Limits = limits;

    public IReadOnlyList<BudgetLimit> Limits { get; }

    /// <summary>The tightest limit of a kind, null where no budget of it was given.</summary>
    public double? Of(BudgetKind kind) => Limits.FirstOrDefault(limit => limit.Budget.Kind == kind)?.Limit;

    /// <summary>
    /// The most multiply-accumulates that the FLOPs and MACs budgets together allow; null where neither was given.
    /// </summary>
    public double? MaxMacs => (Of(BudgetKind.MaxMacs), Of(BudgetKind.MaxFlops) / 2) switch
    {
        ({ } macs, { } halfFlops) => Math.Min(macs, halfFlops),
        var (macs, halfFlops) => macs ?? halfFlops,
    };

    /// <summary>What can be counted without running anything.</summary>
    internal CostLimits CostLimits => new((long?)MaxMacs, (long?)Of(BudgetKind.MaxParameters), (long?)Of(BudgetKind.MaxSize));

    /// <exception cref="BudgetException">CMP0202 when a kind is given twice; CMP0204 when a relative one has no measurement of the original.</exception>
    public static BudgetLimits Resolve(IReadOnlyList<Budget> budgets, Measurements original)
    {
        var twice = budgets.GroupBy(budget => budget.Kind).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw new BudgetException(BudgetException.Contradiction, $"{twice.Key} is given twice: {string.Join(" and ", twice.Select(budget => budget.Text))}.", "Keep one of them.");
        }

        return new BudgetLimits([.. budgets.Select(budget => Resolve(budget, original.Of(budget.Kind)))]);
    }

    /// <exception cref="BudgetException">CMP0204 when a budget's measurement was not made.</exception>
    public BudgetCheck Check(Measurements candidate) => new([.. Limits.Select(limit => new BudgetResult(limit, Measured(limit, candidate)))]);

    static BudgetLimit Resolve(Budget budget, double? original)
    {
        var limit = budget switch
        {
            { Kind: BudgetKind.MaxAccuracyDrop } => Needed(budget, original) - budget.Amount,
            { IsRelative: true } => Needed(budget, original) * budget.Amount,
            _ => budget.Amount,
        };
        return new BudgetLimit(budget, limit, original);
    }

    static double Measured(BudgetLimit limit, Measurements candidate)
    {
        var measured = limit.Budget is { Kind: BudgetKind.MaxLatency, IsRelative: true }
            ? candidate.LatencyRatio * limit.Original
            : candidate.Of(limit.Budget.Kind);
        return Needed(limit.Budget, measured);
    }

    static double Needed(Budget budget, double? measured) => measured ?? throw new BudgetException(
        BudgetException.NotMeasurable,
        $"{budget} cannot be checked, since there is nothing to measure it on.",
        budget.Kind is BudgetKind.MinAccuracy or BudgetKind.MaxAccuracyDrop ? "Accuracy needs labelled validation data: set ValidationData." : null);
}
