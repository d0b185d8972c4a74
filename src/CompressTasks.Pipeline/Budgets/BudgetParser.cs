using System.Globalization;
using System.Text.RegularExpressions;

namespace CompressTasks.Pipeline;

/// <summary>The grammar of budgets: number, optional space, unit.</summary>
static partial class BudgetParser
{
    static readonly Dictionary<string, double> Sizes = new(StringComparer.OrdinalIgnoreCase)
    {
        [""] = 1,
        ["B"] = 1,
        ["KB"] = 1e3,
        ["MB"] = 1e6,
        ["GB"] = 1e9,
        ["KiB"] = 1024,
        ["MiB"] = 1024 * 1024,
        ["GiB"] = 1024 * 1024 * 1024,
    };

    static readonly Dictionary<string, double> Times = new(StringComparer.OrdinalIgnoreCase)
    {
        // Both code points that look like a micro sign: U+00B5 and the Greek letter.
        ["us"] = 1e-3,
        ["\u00B5s"] = 1e-3,
        ["\u03BCs"] = 1e-3,
        ["ms"] = 1,
        ["s"] = 1e3,
    };

    // A lower-case m would be milli, so this is the one unit whose case counts.
    static readonly Dictionary<string, double> Counts = new(StringComparer.Ordinal)
    {
        [""] = 1,
        ["k"] = 1e3,
        ["K"] = 1e3,
        ["M"] = 1e6,
        ["g"] = 1e9,
        ["G"] = 1e9,
        ["t"] = 1e12,
        ["T"] = 1e12,
    };

    public static Budget Parse(BudgetKind kind, string text)
    {
        var match = Quantity().Match(text);
        if (!match.Success) throw Malformed(kind, text);
        // The expression admits invariant numbers only, so this parses; an overlong exponent becomes infinite.
        var number = double.Parse(match.Groups["number"].Value, NumberStyles.Float, CultureInfo.InvariantCulture);
        var unit = match.Groups["unit"].Value;
        if (!double.IsFinite(number)) throw Malformed(kind, text);
        var budget = kind is BudgetKind.MinAccuracy or BudgetKind.MaxAccuracyDrop
            ? new Budget(kind, Accuracy(kind, text, number, unit), false, text.Trim())
            : unit == "%"
                ? new Budget(kind, number / 100, true, text.Trim())
                : new Budget(kind, Units(kind).TryGetValue(unit, out var factor) ? number * factor : throw Malformed(kind, text), false, text.Trim());
        CheckRange(budget);
        return budget;
    }

    static Dictionary<string, double> Units(BudgetKind kind) => kind switch
    {
        BudgetKind.MaxSize or BudgetKind.MaxMemory => Sizes,
        BudgetKind.MaxLatency => Times,
        _ => Counts,
    };

    /// <summary>A share without the per cent sign must be below 1: "1" could mean one per cent as well as all.</summary>
    static double Accuracy(BudgetKind kind, string text, double number, string unit) => unit switch
    {
        "%" => number / 100,
        "" when number < 1 => number,
        _ => throw Malformed(kind, text),
    };

    static void CheckRange(Budget budget)
    {
        var problem = budget switch
        {
            { Amount: < 0 } => "is negative",
            { Amount: 0, Kind: not BudgetKind.MaxAccuracyDrop } => "is zero, which no model can keep",
            { Kind: BudgetKind.MinAccuracy, Amount: > 1 } => "is more than 100 %, which no model can reach",
            { Kind: BudgetKind.MaxAccuracyDrop, Amount: >= 1 } => "allows accuracy to fall to nothing, so it limits nothing",
            _ => null,
        };
        if (problem is not null) throw new BudgetException(BudgetException.Contradiction, $"{budget.Kind}=\"{budget.Text}\" {problem}.", Examples(budget.Kind));
    }

    static BudgetException Malformed(BudgetKind kind, string text) =>
        new(BudgetException.Malformed, $"{kind}=\"{text}\" is not a budget that can be read.", Examples(kind));

    static string Examples(BudgetKind kind) => kind switch
    {
        BudgetKind.MaxSize or BudgetKind.MaxMemory => "Write for example 400KB (400,000 bytes), 1.5MiB (1.5 x 1,048,576 bytes), 400000, or 50% of the original.",
        BudgetKind.MaxLatency => "Write for example 2ms, 800us, 0.5s, or 50% of the original.",
        BudgetKind.MinAccuracy => "Write for example 91% or 0.91.",
        BudgetKind.MaxAccuracyDrop => "Write for example 1% (one percentage point, from 91 % to 90 %) or 0.01.",
        _ => "Write for example 250k, 4M, 1.2G, 4000000, or 50% of the original; the M is a capital letter.",
    };

    [GeneratedRegex(@"^\s*(?<number>[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?)\s*(?<unit>[\p{L}]*|%)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Quantity();
}
