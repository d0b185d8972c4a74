using CompressTasks.Onnx;

namespace CompressTasks.Tool.CommandLine;

/// <summary>The word that a mistyped one probably stands for.</summary>
static class Suggestion
{
    const int MostEdits = 2;

    /// <returns>The nearest candidate within two edits, or null.</returns>
    public static string? For(string word, IEnumerable<string> candidates) => candidates
        .Select(candidate => (Candidate: candidate, Edits: NearNames.Edits(word, candidate)))
        .Where(pair => pair.Edits <= MostEdits && pair.Edits < pair.Candidate.Length)
        .OrderBy(pair => pair.Edits)
        .Select(pair => pair.Candidate)
        .FirstOrDefault();
}
