namespace CompressTasks.Tool.CommandLine;

/// <summary>The word that a mistyped one probably stands for.</summary>
static class Suggestion
{
    const int MostEdits = 2;

    /// <returns>The nearest candidate within two edits, or null.</returns>
    public static string? For(string word, IEnumerable<string> candidates) => candidates
        .Select(candidate => (Candidate: candidate, Edits: Edits(word, candidate)))
        .Where(pair => pair.Edits <= MostEdits && pair.Edits < pair.Candidate.Length)
        .OrderBy(pair => pair.Edits)
        .Select(pair => pair.Candidate)
        .FirstOrDefault();

    /// <summary>Levenshtein distance, one row of the table at a time.</summary>
    static int Edits(string from, string to)
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
