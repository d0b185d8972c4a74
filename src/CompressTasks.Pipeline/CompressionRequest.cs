namespace CompressTasks.Pipeline;

/// <summary>What a build item or <c>compress run</c> asks for. All paths are absolute.</summary>
public sealed record CompressionRequest
{
    /// <summary>As <see cref="Student"/>: one that is derived from the original to fit the budgets.</summary>
    public const string DerivedStudent = "auto";

    /// <summary>The ONNX model to compress.</summary>
    public required string Model { get; init; }

    /// <summary>Gets the compressed model under the original's file name, report.json and report.md.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>The data set that recovery trains on, as one argument (see DataSets.Open); null: the model is cut without data.</summary>
    public string? TrainingData { get; init; }

    /// <summary>Held-back data that chooses between candidates and that accuracy budgets are judged on; never trained on.</summary>
    public string? ValidationData { get; init; }

    /// <summary>Read once, at the end, for the report.</summary>
    public string? TestData { get; init; }

    public IReadOnlyList<Budget> Budgets { get; init; } = [];

    /// <summary>A recipe file (JSON); null for the built-in recipe.</summary>
    public string? Recipe { get; init; }

    /// <summary>
    /// How many recipes to try before the best is used: with the ranges of <see cref="Recipe"/>, or with those of the built-in recipe's main hyper-parameters. Null: the recipe is
    /// used as it is.
    /// </summary>
    public int? Trials { get; init; }

    /// <summary>What <see cref="Teachers"/> call the model that is compressed.</summary>
    public const string OriginalTeacher = "original";

    /// <summary>
    /// What training learns from: ONNX files, checkpoints of a training of the original (.checkpoint), and <see cref="OriginalTeacher"/>; none: the
    /// original alone.
    /// </summary>
    public IReadOnlyList<string> Teachers { get; init; } = [];

    /// <summary>What is trained in the original's place: an ONNX file, or <see cref="DerivedStudent"/>; null: the pruned original.</summary>
    public string? Student { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>auto or cpu.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Threads for training and for measuring latency; null: the machine's choice for training, 1 for latency.</summary>
    public int? Threads { get; init; }

    /// <summary>Batch that MACs, latency and memory are counted at.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>
    /// Most time that all stages together train, to the end of an epoch; with <see cref="Trials"/> also the time after which no trial begins. Null: no limit.
    /// </summary>
    public TimeSpan? TimeLimit { get; init; }

    public required string CacheDirectory { get; init; }

    /// <summary>Lengths of dynamic axes by input name, where they are not 1 (the batch axis follows <see cref="Batch"/>).</summary>
    public IReadOnlyDictionary<string, long[]> Shapes { get; init; } = new Dictionary<string, long[]>();

    internal bool IsStudentDerived => Student == DerivedStudent;
}
