using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CompressTasks.Pruning.Planning;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>The content of report.json: what was asked, what came out, and how. All measurements are of the written files.</summary>
public sealed record CompressionReport
{
    /// <summary>As the command's other output: camel case, names of metrics too.</summary>
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Version of this form.</summary>
    public int SchemaVersion { get; init; } = 1;

    public required string Tool { get; init; }

    /// <summary>The original's file name.</summary>
    public required string Model { get; init; }

    /// <summary>True where every budget was kept.</summary>
    public required bool BudgetsMet { get; init; }

    public required IReadOnlyList<BudgetReport> Budgets { get; init; }

    public required ModelReport Before { get; init; }

    public required ModelReport After { get; init; }

    /// <summary>After over before.</summary>
    public required RatioReport Ratios { get; init; }

    /// <summary>What the deepest cut would have reached; null where nothing was pruned.</summary>
    public Cost? Lowest { get; init; }

    /// <summary>Latency of the deepest cut as a share of the original's; null where no latency budget asked for it.</summary>
    public double? LowestLatency { get; init; }

    /// <summary>Which students were proposed and how they did; null where the original was pruned.</summary>
    public StudentReport? Student { get; init; }

    /// <summary>The same architecture, uniformly narrowed to the same cost and trained as long; null where it did not run.</summary>
    public DenseBaselineReport? SmallDense { get; init; }

    /// <summary>What setting weights to zero brought; null where none was.</summary>
    public SparsityReport? Sparsity { get; init; }

    /// <summary>Every layer that could have been pruned, with what happened to it.</summary>
    public required IReadOnlyList<LayerOutcome> Layers { get; init; }

    public required IReadOnlyList<StageReport> Stages { get; init; }

    /// <summary>Largest difference between the written file in ONNX Runtime and the graph that was trained, relative to the largest output; null without data.</summary>
    public double? Agreement { get; init; }

    /// <summary>What a reader has to know of this run: operators that ONNX Runtime ran in training, and the weights that they kept from it.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What was done to each sample before the model saw it, and what an app has to do; null without data.</summary>
    public Preprocessing? Preprocessing { get; init; }

    /// <summary>The trials that the recipe was chosen by; null where it was given.</summary>
    public TuningReport? Tuning { get; init; }

    public required RunReport Run { get; init; }

    /// <summary>What the numbers mean.</summary>
    public IReadOnlyDictionary<string, string> Definitions { get; init; } = new Dictionary<string, string>
    {
        ["macs"] = "multiply-accumulates of convolutions, matrix products and recurrent cells for one run at the inputs' shapes",
        ["flops"] = "2 x macs",
        ["parameters"] = "elements of trainable weights, a shared one once; a budget for them counts those that are not 0 where weights were set to zero",
        ["sizeBytes"] = "bytes of the written files",
        ["latency"] = "median time of one run in ONNX Runtime, original and candidate interleaved",
    };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="JsonException">The text is not a report.</exception>
    public static CompressionReport FromJson(string text) =>
        JsonSerializer.Deserialize<CompressionReport>(text, Json) ?? throw new JsonException("The report is empty.");
}

/// <summary>One budget: as asked, as a number, and what was measured, all in the kind's unit.</summary>
public sealed record BudgetReport(string Kind, string Asked, double Limit, double Measured, bool Met);

/// <summary>One model.</summary>
public sealed record ModelReport(
    long SizeBytes,
    long Parameters,
    long Buffers,
    long Macs,
    long Flops,
    IReadOnlyDictionary<string, long[]> Inputs,
    Profiling.Latency Latency,
    long? PeakMemoryBytes,
    EvaluationResult? Validation,
    EvaluationResult? Test)
{
    /// <summary>Parameters that are not 0, where weights are stored sparse; null elsewhere.</summary>
    public long? NonZeroParameters { get; init; }
}

/// <summary>Candidate over original.</summary>
/// <param name="LatencyMin">Of the fastest runs, as a check on a busy machine.</param>
/// <param name="LatencyInBlocks">True where the two were too large to be run in turns, so that each was measured in blocks of runs.</param>
/// <param name="LatencyRounds">Of every round of measuring, where a missed latency budget asked for more than one; <paramref name="Latency"/> is their median.</param>
public sealed record RatioReport(double Size, double Parameters, double Macs, double Latency, double LatencyMin, bool LatencyInBlocks, IReadOnlyList<double>? LatencyRounds = null);

/// <summary>One stage of the recipe.</summary>
/// <param name="History">Per epoch, for stages that train.</param>
/// <param name="SamplesPerSecond">For the same.</param>
/// <param name="Augmentation">Random changes of the training samples, for the same.</param>
public sealed record StageReport(
    string Stage, double Seconds, IReadOnlyList<EpochResult>? History = null, double? SamplesPerSecond = null, Augmentation? Augmentation = null)
{
    /// <summary>Epochs that a stage which prunes trained before and between its cuts; 0 for others.</summary>
    public int TrainedEpochs { get; init; }

    /// <summary>Samples that scores, means and statistics of a stage which prunes were taken over; null without data, and for other stages.</summary>
    public int? Samples { get; init; }
}

/// <summary>A small dense network, for comparison.</summary>
/// <param name="Epochs">That it was trained: as many as all training stages together.</param>
public sealed record DenseBaselineReport(long Macs, long Parameters, long SizeBytes, int Epochs, double Seconds, EvaluationResult? Validation, EvaluationResult? Test)
{
    /// <summary>Threads that it was trained with; after tuning with several trials at a time more than theirs.</summary>
    public int? Threads { get; init; }
}

/// <summary>The run itself. Nothing here says where or when it was.</summary>
/// <param name="Seconds">All stages and measurements, those before a resumption left out.</param>
/// <param name="PeakMemoryBytes">Of this process.</param>
/// <param name="TrainingThreads">Threads that the stages trained with; null where nothing was trained.</param>
public sealed record RunReport(int Seed, double Seconds, long PeakMemoryBytes, int? TrainingThreads, string DeviceClass);
