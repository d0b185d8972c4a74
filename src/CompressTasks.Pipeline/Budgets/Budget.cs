namespace CompressTasks.Pipeline;

/// <summary>One limit that the compressed model must keep.</summary>
/// <param name="Kind">What is limited.</param>
/// <param name="Amount">The limit in the kind's unit; the share of the original (0.5 for <c>50%</c>) where <paramref name="IsRelative"/>.</param>
/// <param name="IsRelative">True for a share of the original's measurement. Accuracies are never relative: their per cent are percentage points.</param>
/// <param name="Text">What the user wrote.</param>
public sealed record Budget(BudgetKind Kind, double Amount, bool IsRelative, string Text)
{
    /// <summary>
    /// Reads a budget: a number with a decimal point, spaces allowed, and a unit. Sizes: <c>B KB MB GB</c> (powers of 1000) and
    /// <c>KiB MiB GiB</c> (powers of 1024), bytes without a unit. Latency: <c>us ms s</c>, never without a unit. Counts: <c>k M G T</c> or
    /// none. All of these also <c>%</c> of the original, which may be more than 100. Accuracies: <c>91%</c> or <c>0.91</c>; a drop of
    /// <c>1%</c> is one percentage point.
    /// </summary>
    /// <exception cref="BudgetException">CMP0201 when the text is malformed; CMP0202 when no model could keep it, or every model does.</exception>
    public static Budget Parse(BudgetKind kind, string text) => BudgetParser.Parse(kind, text);

    public override string ToString() => $"{Kind}={Text}";
}
