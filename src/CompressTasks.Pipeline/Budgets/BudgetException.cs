namespace CompressTasks.Pipeline;

/// <summary>A budget that is malformed, contradicts itself, cannot be measured, or was not met (codes CMP0201 to CMP0299).</summary>
public sealed class BudgetException(string code, string message, string? hint = null, string? file = null, BudgetCheck? check = null)
    : CompressException(code, message, file, hint)
{
    /// <summary>The text is not a budget.</summary>
    public const string Malformed = "CMP0201";

    /// <summary>The budget contradicts itself or another one.</summary>
    public const string Contradiction = "CMP0202";

    /// <summary>No candidate kept every budget; <see cref="Check"/> has the nearest candidate's numbers.</summary>
    public const string NotMet = "CMP0203";

    /// <summary>The budget needs a measurement that cannot be made, such as accuracy without validation data.</summary>
    public const string NotMeasurable = "CMP0204";

    /// <summary>The budget is about speed or memory, and the plan only sets weights to zero, which changes neither.</summary>
    public const string NotByZeros = "CMP0205";

    /// <summary>How the nearest candidate compares, for <see cref="NotMet"/>.</summary>
    public BudgetCheck? Check { get; } = check;

    /// <summary>
    /// True where not even the deepest cut keeps a cost budget. The nearest candidate is then that cut, untrained: good for its numbers,
    /// not for an app.
    /// </summary>
    public bool IsOutOfReach { get; init; }
}
