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

    /// <summary>Every layer that could have been pruned, with what happened to it.</summary>
    public required IReadOnlyList<LayerOutcome> Layers { get; init; }

    public required IReadOnlyList<StageReport> Stages { get; init; }

    /// <summary>Largest difference between the written file in ONNX Runtime and the graph that was trained, relative to the largest output; null without data.</summary>
    public double? Agreement { get; init; }

    /// <summary>What was done to each sample before the model saw it, and what an app has to do; null without data.</summary>
    public Preprocessing? Preprocessing { get; init; }

    public required RunReport Run { get; init; }

    /// <summary>What the numbers mean.</summary>
    public IReadOnlyDictionary<string, string> Definitions { get; init; } = new Dictionary<string, string>
    {
        ["macs"] = "multiply-accumulates of convolutions, matrix products and recurrent cells for one run at the inputs' shapes",
        ["flops"] = "2 x macs",
        ["parameters"] = "elements of trainable weights, a shared one once",
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
    EvaluationResult? Test);

/// <summary>Candidate over original.</summary>
/// <param name="LatencyMin">Of the fastest runs, as a check on a busy machine.</param>
/// <param name="LatencyRounds">Of every round of measuring, where a missed latency budget asked for more than one; <paramref name="Latency"/> is their median.</param>
public sealed record RatioReport(double Size, double Parameters, double Macs, double Latency, double LatencyMin, IReadOnlyList<double>? LatencyRounds = null);

/// <summary>One stage of the recipe.</summary>
/// <param name="History">Per epoch, for stages that train.</param>
/// <param name="SamplesPerSecond">For the same.</param>
/// <param name="Augmentation">Random changes of the training samples, for the same.</param>
public sealed record StageReport(
    string Stage, double Seconds, IReadOnlyList<EpochResult>? History = null, double? SamplesPerSecond = null, Augmentation? Augmentation = null);

/// <summary>The run itself. Nothing here says where or when it was.</summary>
/// <param name="Seconds">All stages and measurements, those before a resumption left out.</param>
/// <param name="PeakMemoryBytes">Of this process.</param>
/// <param name="TrainingThreads">Threads that libtorch computed with; null where nothing was trained.</param>
public sealed record RunReport(int Seed, double Seconds, long PeakMemoryBytes, int? TrainingThreads, string DeviceClass);
