using System.Globalization;
using System.Text.RegularExpressions;

namespace CompressTasks.MSBuild;

/// <summary>
/// What the worker's lines mean: <c>file(line,column): error CMP0201: text</c> is a diagnostic, <c>compress> text</c> is progress, and
/// everything else is chatter of native libraries. The last of that is kept for the case that the worker dies without a word of its own.
/// </summary>
sealed class WorkerOutput
{
    const int KeptLines = 4;

    static readonly Regex Canonical = new(
        @"^(?:(?<file>.+?)(?:\((?<line>\d+),(?<column>\d+)\))?|CompressTasks) ?: (?<kind>error|warning) (?<code>CMP\d{4}): (?<text>.*)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);

    readonly Queue<string> chatter = new();

    /// <summary>The last lines that were no diagnostics, as the end of a message; empty where there were none.</summary>
    public string LastWords => chatter.Count == 0 ? "" : " Its last lines were: " + string.Join(" | ", chatter);

    public static bool IsProgress(string line) => line.StartsWith("compress> ", StringComparison.Ordinal);

    /// <summary>The diagnostic in a line, or null.</summary>
    public Diagnostic? Read(string line)
    {
        var match = Canonical.Match(line);
        if (!match.Success)
        {
            Keep(line);
            return null;
        }

        var file = match.Groups["file"].Value;
        var place = new SourcePlace(file == "CompressTasks" ? "" : file, Number(match.Groups["line"]), Number(match.Groups["column"]));
        return new Diagnostic(match.Groups["kind"].Value == "error", match.Groups["code"].Value, match.Groups["text"].Value, place);
    }

    void Keep(string line)
    {
        if (IsProgress(line) || string.IsNullOrWhiteSpace(line)) return;
        chatter.Enqueue(line.Trim());
        if (chatter.Count > KeptLines) chatter.Dequeue();
    }

    static int Number(Group group) => group.Success ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 0;
}
