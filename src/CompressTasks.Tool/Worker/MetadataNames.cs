using CompressTasks.Onnx;
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
        var nearest = All.MinBy(known => NearNames.Edits(known.ToLowerInvariant(), name.ToLowerInvariant()))!;
        return NearNames.Edits(nearest.ToLowerInvariant(), name.ToLowerInvariant()) <= (nearest.Length < 6 ? 1 : 2) ? nearest : null;
    }
}
