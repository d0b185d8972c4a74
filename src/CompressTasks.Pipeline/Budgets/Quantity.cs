using System.Globalization;

namespace CompressTasks.Pipeline;

/// <summary>Measurements written for people: three or more significant digits, units as budgets use them, always with a decimal point.</summary>
public static class Quantity
{
    static readonly (double Factor, string Unit)[] Sizes = [(1e9, "GB"), (1e6, "MB"), (1e3, "KB")];
    static readonly (double Factor, string Unit)[] Counts = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];

    public static string Bytes(double bytes) => Scaled(bytes, Sizes, " B", " ");

    public static string Count(double count) => Scaled(count, Counts, "", " ");

    public static string Milliseconds(double milliseconds) => milliseconds switch
    {
        >= 1000 => Text(milliseconds / 1000, "0.000") + " s",
        >= 1 => Text(milliseconds, "0.00") + " ms",
        _ => Text(milliseconds * 1000, "0.0") + " us",
    };

    /// <param name="share">0.281 for 28.1 %.</param>
    public static string Percentage(double share) => Text(100 * share, "0.0") + " %";

    /// <param name="share">0.01 for one percentage point.</param>
    public static string Points(double share) => Text(100 * share, "0.00") + " points";

    /// <summary>An amount in the unit of <paramref name="kind"/>.</summary>
    public static string Of(BudgetKind kind, double amount) => kind switch
    {
        BudgetKind.MaxSize or BudgetKind.MaxMemory => Bytes(amount),
        BudgetKind.MaxLatency => Milliseconds(amount),
        BudgetKind.MinAccuracy or BudgetKind.MaxAccuracyDrop => Text(100 * amount, "0.00") + " %",
        _ => Count(amount),
    };

    static string Scaled(double amount, (double Factor, string Unit)[] units, string unscaled, string space)
    {
        foreach (var (factor, unit) in units)
        {
            if (Math.Abs(amount) >= factor) return Text(amount / factor, "0.00") + space + unit;
        }

        return Text(amount, "0") + unscaled;
    }

    static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
