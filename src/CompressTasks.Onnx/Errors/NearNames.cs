namespace CompressTasks.Onnx;

/// <summary>Which of the names that exist somebody may have meant by one that does not.</summary>
public static class NearNames
{
    const int Most = 3;

    /// <summary>A sentence for a message, such as <c> Near it are 'conv1' and 'conv2'.</c>; empty where there are no names at all.</summary>
    /// <param name="name">May have * and ? in it, as a pattern.</param>
    public static string Sentence(string name, IEnumerable<string> names)
    {
        var near = Of(name, names);
        return near.Count == 0 ? "" : $" Near it {(near.Count == 1 ? "is" : "are")} {string.Join(" and ", near.Select(one => $"'{one}'"))}.";
    }

    /// <summary>The nearest names, at most three: those that contain it first, then those of fewest edits.</summary>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> names)
    {
        var letters = string.Concat(name.Where(letter => letter is not ('*' or '?')));
        return [.. names
            .Distinct()
            .OrderByDescending(other => letters.Length > 0 && other.Contains(letters, StringComparison.OrdinalIgnoreCase))
            .ThenBy(other => Edits(letters, other))
            .Take(Most)];
    }

    /// <summary>Levenshtein distance, one row of the table at a time.</summary>
    public static int Edits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[to.Length];
    }
}
