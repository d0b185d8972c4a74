using System.Globalization;

namespace SampleApp;

/// <summary>The two models side by side, and what is left of each quantity.</summary>
sealed class ComparisonTable
{
    readonly List<string[]> rows = [["", "original", "compressed", "left"]];

    public void Add(string name, double original, double compressed, string unit, double scale) =>
        rows.Add([name, $"{Number(original / scale)} {unit}", $"{Number(compressed / scale)} {unit}", $"{Text(100 * compressed / original, "0.0")} %"]);

    /// <summary>Shares are compared by their difference in percentage points.</summary>
    public void AddShare(string name, double original, double compressed) =>
        rows.Add([name, $"{Text(100 * original, "0.00")} %", $"{Text(100 * compressed, "0.00")} %", $"{Text(100 * (compressed - original), "+0.00;-0.00")} points"]);

    public void Print(TextWriter output)
    {
        var widths = Enumerable.Range(0, 4).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            output.WriteLine("  " + row[0].PadRight(widths[0]) + string.Concat(Enumerable.Range(1, 3).Select(column => "  " + row[column].PadLeft(widths[column]))));
        }
    }

    static string Number(double value) => Text(value, value >= 100 ? "0.0" : "0.000");

    static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
