using System.Globalization;
using System.Text;

namespace CompressTasks.Tool.Commands;

/// <summary>Who was taken for whom.</summary>
static class ConfusionTable
{
    /// <summary>RFC 4180: the answers' classes at the head, and in each row a class and how often it was given each answer.</summary>
    /// <param name="counts">[labels' class, answered class].</param>
    /// <param name="names">By number; null for numbers.</param>
    public static string Csv(long[,] counts, IReadOnlyList<string>? names)
    {
        var classes = Enumerable.Range(0, counts.GetLength(0)).ToArray();
        var text = new StringBuilder("class").Append(',').AppendJoin(',', classes.Select(index => Cell(NameOf(index, names)))).Append('\n');
        foreach (var label in classes)
        {
            text.Append(Cell(NameOf(label, names))).Append(',').AppendJoin(',', classes.Select(answer => counts[label, answer].ToString(CultureInfo.InvariantCulture))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The wrong answers that were given most often, first of equal ones the lower classes.</summary>
    public static IEnumerable<(int Label, int Answer, long Count)> Largest(long[,] counts, int most)
    {
        var classes = counts.GetLength(0);
        var wrong = from label in Enumerable.Range(0, classes)
                    from answer in Enumerable.Range(0, classes)
                    where label != answer && counts[label, answer] > 0
                    select (Label: label, Answer: answer, Count: counts[label, answer]);
        return wrong.OrderByDescending(cell => cell.Count).Take(most);
    }

    /// <summary>Rows for JSON, which has no tables.</summary>
    public static long[][] Rows(long[,] counts) =>
        [.. Enumerable.Range(0, counts.GetLength(0)).Select(row => Enumerable.Range(0, counts.GetLength(1)).Select(column => counts[row, column]).ToArray())];

    public static string NameOf(int index, IReadOnlyList<string>? names) => names is not null && index < names.Count ? names[index] : index.ToString(CultureInfo.InvariantCulture);

    static string Cell(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
