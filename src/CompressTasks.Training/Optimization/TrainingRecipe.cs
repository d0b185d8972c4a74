using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CompressTasks.Training;

/// <summary>How a network is trained. Read from JSON with the names in camel case; unknown names are refused.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TrainingRecipe
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    /// <summary>Passes over the training data; 0 trains nothing.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Most samples of one batch. An epoch is cut into steps of equal length (to one sample), so none is tiny.</summary>
    public int BatchSize { get; init; } = 128;

    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Sgd;

    /// <summary>The highest rate that the schedule reaches.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>Of SGD; 0 to below 1.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Nesterov's momentum; needs <see cref="Momentum"/>.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Pulls weights towards 0; not applied to parameters with one axis (biases, normalisation).</summary>
    public double WeightDecay { get; init; } = 5e-4;

    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>Epochs, also parts of one, over which the rate rises linearly before the schedule begins.</summary>
    public double WarmupEpochs { get; init; }

    /// <summary>Part of the probability that is spread over all classes (Szegedy et al., 2016); 0 to below 1.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Largest norm that all gradients together may have; null for no limit.</summary>
    public double? GradientClip { get; init; }

    /// <summary>What outputs are compared with labels by; null: what goes with the kind of the labels.</summary>
    public LossKind? Loss { get; init; }

    /// <summary>Where Huber's loss goes over from squares to sizes, in units of the targets; above 0.</summary>
    public double HuberDelta { get; init; } = 1;

    /// <summary>
    /// Batches whose gradients are averaged for one update, so that many samples fit into little memory. A step of the schedule is an update; only batch
    /// normalisation, which sees one batch at a time, tells the difference to a batch as large as all of them.
    /// </summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>An average over the weights of many steps to end with; null for none.</summary>
    public AveragingRecipe? Averaging { get; init; }

    /// <summary>What the plateau schedule multiplies the rate by; above 0 and below 1.</summary>
    public double PlateauFactor { get; init; } = 0.1;

    /// <summary>Epochs without a better validation result after which the plateau schedule lowers the rate.</summary>
    public int PlateauPatience { get; init; } = 5;

    /// <summary>
    /// Names of initializers or nodes, with * for any letters, whose weights stay as they are: no update, no weight decay, and batch normalisation keeps, and
    /// normalises by, its running statistics.
    /// </summary>
    public IReadOnlyList<string> Frozen { get; init; } = [];

    public TrainingPrecision Precision { get; init; }

    public int Seed { get; init; } = 1;

    public Augmentation Augmentation { get; init; } = Augmentation.None;

    /// <summary>Stop after this many epochs without a better validation result; null: never. Needs validation data.</summary>
    public int? EarlyStoppingPatience { get; init; }

    /// <summary>End with the weights of the epoch that was best on the validation data; without such data the last ones are kept.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>SHA-256 over all values.</summary>
    [JsonIgnore]
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, Json)));

    /// <summary>By all values, also those in lists.</summary>
    public bool Equals(TrainingRecipe? other) => other is not null && Hash == other.Hash;

    public override int GetHashCode() => Hash.GetHashCode(StringComparison.Ordinal);

    /// <summary>Checks every value, and that none is given which the others leave without effect.</summary>
    /// <exception cref="TrainingException">CMP0120 names the value and its range.</exception>
    public void Validate()
    {
        Require(Epochs >= 0, "epochs", "0 or more");
        Require(BatchSize >= 1, "batchSize", "1 or more");
        Require(double.IsFinite(LearningRate) && LearningRate > 0, "learningRate", "above 0");
        Require(Momentum is >= 0 and < 1, "momentum", "from 0 to below 1");
        Require(!Nesterov || Momentum > 0, "nesterov", "false without a momentum");
        Require(double.IsFinite(WeightDecay) && WeightDecay >= 0, "weightDecay", "0 or more");
        Require(WarmupEpochs >= 0 && WarmupEpochs <= Epochs, "warmupEpochs", "from 0 to the number of epochs");
        Require(
            WarmupEpochs == 0 || Schedule != LearningRateSchedule.OneCycle,
            "warmupEpochs",
            "0 with the one-cycle schedule, which has a rise of its own");
        Require(LabelSmoothing is >= 0 and < 1, "labelSmoothing", "from 0 to below 1");
        Require(GradientClip is null or (> 0 and < double.PositiveInfinity), "gradientClip", "above 0");
        Require(Loss is null || Enum.IsDefined(Loss.Value), "loss", "one of the losses in docs/recipes.md");
        Require(double.IsFinite(HuberDelta) && HuberDelta > 0, "huberDelta", "above 0");
        Require(LabelSmoothing == 0 || Loss is not { } named || LabelLoss.CanBeSmoothed(named), "labelSmoothing", "left out for losses without entropy");
        Require(Accumulation is >= 1 and <= 10_000, "accumulation", "from 1 to 10000");
        Averaging?.Validate(Epochs);
        Require(PlateauFactor is > 0 and < 1, "plateauFactor", "above 0 and below 1");
        Require(PlateauPatience >= 1, "plateauPatience", "1 or more");
        Require(Frozen.All(pattern => !string.IsNullOrEmpty(pattern)), "frozen", "a list of names, none of them empty");
        Require(Precision != TrainingPrecision.Float16, "precision", "float32 or bfloat16: float16 would need a scaled loss for its small range, and bfloat16 has the range of float32");
        Augmentation.Validate();
        Require(EarlyStoppingPatience is null or > 0, "earlyStoppingPatience", "1 or more");
        GovernedSetting.Check(this);
    }

    /// <param name="more">Sentences after the first, with a space before them.</param>
    internal static void Require(bool holds, string name, string range, string more = "")
    {
        if (!holds)
        {
            throw new TrainingException(
                TrainingException.Recipe,
                $"The recipe's '{name}' has to be {range}.{more}",
                hint: "See docs/errors/CMP0120.md for every value and its range.");
        }
    }
}
