using CompressTasks.Pipeline;

namespace CompressTasks.Tool.Worker;

/// <summary>The metadata that a CompressModel item may carry, and those that only look like them.</summary>
static class MetadataNames
{
    public const string TrainingData = "TrainingData", ValidationData = "ValidationData", TestData = "TestData";
    public const string Recipe = "Recipe", Teacher = "Teacher", Student = "Student", Provider = "Provider", Batch = "Batch";
    public const string Threads = "Threads", Trials = "Trials", TimeLimit = "TimeLimit", Seed = "Seed", Shapes = "Shapes", Link = "Link";

    static readonly string[] All =
    [
        .. Enum.GetNames<BudgetKind>(), TrainingData, ValidationData, TestData, Recipe, Teacher, Student, Provider, Batch, Threads,
        Trials, TimeLimit, Seed, Shapes, Link,
    ];

    /// <summary>
    /// The known name that an unknown one was probably meant to be, at most two letters away; null for a user's own metadata. A
    /// misspelt budget must not pass as one that is kept.
    /// </summary>
    public static string? MeantBy(string name)
    {
        if (All.Contains(name, StringComparer.OrdinalIgnoreCase)) return null;
        var nearest = All.MinBy(known => Distance(known.ToLowerInvariant(), name.ToLowerInvariant()))!;
        return Distance(nearest.ToLowerInvariant(), name.ToLowerInvariant()) <= (nearest.Length < 6 ? 1 : 2) ? nearest : null;
    }

    /// <summary>Levenshtein's distance by rows.</summary>
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
