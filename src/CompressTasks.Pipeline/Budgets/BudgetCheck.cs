namespace CompressTasks.Pipeline;

/// <summary>How one measurement of a candidate compares with its limit.</summary>
public sealed record BudgetResult(BudgetLimit Limit, double Measured)
{
    /// <summary>Rounding of shares such as 0.91 - 0.01 must not decide; one part in a billion is less than one sample of any data set.</summary>
    const double AccuracyTolerance = 1e-9;

    public bool IsMet => Limit.IsLowerBound ? Measured >= Limit.Limit - AccuracyTolerance : Measured <= Limit.Limit;

    /// <summary>By how much the limit is missed: percentage points / 100 for accuracies, a share of the limit otherwise; 0 where it is met.</summary>
    public double MissedBy => IsMet ? 0 : Limit.IsLowerBound ? Limit.Limit - Measured : (Measured / Limit.Limit) - 1;

    /// <summary>One line for people, such as <c>MaxSize=400KB: 512.30 KB, 28.1 % above the limit of 400.00 KB</c>.</summary>
    public override string ToString()
    {
        var kind = Limit.Budget.Kind;
        var (measured, limit) = (Quantity.Of(kind, Measured), Quantity.Of(kind, Limit.Limit));
        return IsMet
            ? $"{Limit.Budget}: {measured}, within the limit of {limit}"
            : Limit.IsLowerBound
                ? $"{Limit.Budget}: {measured}, {Quantity.Points(MissedBy)} below the limit of {limit}"
                : $"{Limit.Budget}: {measured}, {Quantity.Percentage(MissedBy)} above the limit of {limit}";
    }
}

/// <summary>All budgets compared with one candidate, in the order of the request.</summary>
public sealed record BudgetCheck(IReadOnlyList<BudgetResult> Results)
{
    public bool AllMet => Results.All(result => result.IsMet);

    /// <summary>True where a budget of <paramref name="kind"/> is missed and every other one is met.</summary>
    public bool MissesOnly(BudgetKind kind) => !AllMet && Results.All(result => result.IsMet || result.Limit.Budget.Kind == kind);

    /// <summary>The error for a candidate that is the best there is and still misses a budget.</summary>
    /// <param name="model">The file that was to be compressed.</param>
    /// <param name="hint">What can be done about it.</param>
    /// <param name="isOutOfReach">See <see cref="BudgetException.IsOutOfReach"/>.</param>
    public BudgetException NotMet(string model, string hint, bool isOutOfReach = false) => new(
        BudgetException.NotMet,
        $"No candidate for '{model}' keeps every budget. The nearest one: {string.Join("; ", Results.Where(result => !result.IsMet))}.",
        hint,
        model,
        this)
    {
        IsOutOfReach = isOutOfReach,
    };
}
