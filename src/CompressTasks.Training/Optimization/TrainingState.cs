using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Everything that a training run has reached: weights, optimiser, position, history, the best weights so far and those at
/// the start of the epoch, to which a run that diverges goes back. Random numbers follow from the position and are not kept.
/// </summary>
sealed class TrainingState : IDisposable
{
    /// <summary>In a checkpoint, before the names of the module's tensors: those of the best epoch, and the last ones.</summary>
    public const string BestPrefix = "best/", LiveModulePrefix = "live/module/";

    const string Live = "live/", Start = "start/", Best = BestPrefix;

    readonly nn.Module module;
    readonly IReadOnlyList<nn.Module> companions;
    readonly TrainingRecipe recipe;
    readonly IReadOnlyList<TrainingConstraint> constraints;
    TensorSnapshot epochStart;
    TensorSnapshot? best;

    /// <param name="module">What the run ends with.</param>
    /// <param name="companions">What is trained with it and only the checkpoint keeps.</param>
    public TrainingState(nn.Module module, IReadOnlyList<nn.Module> companions, TrainingRecipe recipe, IReadOnlyList<TrainingConstraint> constraints)
    {
        this.companions = companions;
        this.recipe = recipe;
        this.constraints = constraints;
        this.module = module;
        Optimizer = Optimizer.Create(recipe, Modules);
        if (recipe.Averaging is not null) Averaging = new WeightAveraging(module, recipe, keepsZeros: constraints.Count > 0);
        LossSum = zeros(1, ScalarType.Float64, Evaluation.DeviceOf(module)).DetachFromDisposeScope();
        epochStart = TensorSnapshot.Of(Tensors);
    }

    /// <summary>All that is trained.</summary>
    public IEnumerable<nn.Module> Modules => companions.Prepend(module);

    public Optimizer Optimizer { get; }

    /// <summary>Null where the recipe asks for none.</summary>
    public WeightAveraging? Averaging { get; }

    /// <summary>float64 [1]: sum of the losses of the epoch's samples so far, on the module's device.</summary>
    public Tensor LossSum { get; }

    public int Epoch { get; private set; }

    public int Step { get; set; }

    public double Seconds { get; set; }

    public bool WentBack { get; private set; }

    public int? BestEpoch { get; private set; }

    public double? BestValidation { get; private set; }

    public Metric? ValidationMetric { get; private set; }

    public List<EpochResult> History { get; private init; } = [];

    /// <summary>What the recipe's rate is multiplied by: half once the run has gone back, and what a plateau asks for.</summary>
    public double RateFactor => (WentBack ? 0.5 : 1) * (recipe.Schedule == LearningRateSchedule.Plateau && ValidationMetric is { } metric
        ? LearningRates.PlateauFactor(recipe, History.Select(epoch => epoch.Validation).OfType<double>(), metric.IsHigherBetter())
        : 1);

    IEnumerable<(string Name, Tensor Value)> ModuleTensors => TensorsOf(module);

    IEnumerable<(string Name, Tensor Value)> CompanionTensors =>
        companions.SelectMany((companion, index) => TensorsOf(companion).Select(tensor => ($"companion/{index}/{tensor.Name}", tensor.Value)));

    IEnumerable<(string Name, Tensor Value)> Tensors =>
        ModuleTensors
            .Select(tensor => ("module/" + tensor.Name, tensor.Value))
            .Concat(CompanionTensors)
            .Concat(Optimizer.State.Select(tensor => ("optimizer/" + tensor.Name, tensor.Value)))
            .Concat((Averaging?.State ?? []).Select(tensor => ("average/" + tensor.Name, tensor.Value)))
            .Concat(constraints.SelectMany((constraint, index) => constraint.State.Select(tensor => ($"constraint/{index}/{tensor.Name}", tensor.Value))));

    /// <summary>Back to the start of the epoch.</summary>
    public void GoBack()
    {
        epochStart.CopyTo(Tensors);
        Optimizer.Steps -= Step;
        StartEpoch();
        WentBack = true;
    }

    /// <summary>Compares what was measured with the module as it is now, averages in it or not, with the best so far.</summary>
    /// <param name="mayBeBest">False where a constraint says that the weights are not yet what the run is to end with.</param>
    public void Judge(EvaluationResult validation, bool mayBeBest)
    {
        ValidationMetric = validation.Metric;
        if (!mayBeBest) return;
        if (BestValidation is { } value && !validation.IsBetterThan(value)) return;
        (BestEpoch, BestValidation) = (Epoch + 1, validation.Value);
        if (!recipe.KeepBest) return;
        best?.Dispose();
        best = TensorSnapshot.Of(ModuleTensors);
    }

    /// <summary>Before the first average is judged: what was asked for is an average, so that plain weights no longer count once there is one.</summary>
    public void ForgetBest()
    {
        (BestEpoch, BestValidation) = (null, null);
        best?.Dispose();
        best = null;
    }

    public void FinishEpoch(EpochResult result)
    {
        History.Add(result);
        Epoch++;
        StartEpoch();
        epochStart.Dispose();
        epochStart = TensorSnapshot.Of(Tensors);
    }

    /// <returns>False where there is no best epoch.</returns>
    public bool RestoreBest()
    {
        best?.CopyTo(ModuleTensors);
        return best is not null;
    }

    /// <summary>False when a weight or statistic became NaN or infinite.</summary>
    public bool AllFinite()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return ModuleTensors.Concat(CompanionTensors).Where(tensor => tensor.Value.is_floating_point()).All(tensor => tensor.Value.isfinite().all().item<bool>());
    }

    public void Write(TrainingCheckpoint checkpoint)
    {
        var header = new CheckpointHeader
        {
            Run = checkpoint.Run,
            Threads = checkpoint.Threads,
            Epoch = Epoch,
            Step = Step,
            LossSum = LossSum.item<double>(),
            Seconds = Seconds,
            WentBack = WentBack,
            BestEpoch = BestEpoch,
            BestValidation = BestValidation,
            ValidationMetric = ValidationMetric,
            History = History,
        };
        // At the start of an epoch the tensors to go back to are the live ones.
        var start = Step > 0 ? epochStart.Tensors : [];
        CheckpointFile.Write(checkpoint.Path, header, [.. Prefixed(Live, Tensors), .. Prefixed(Start, start), .. Prefixed(Best, best?.Tensors ?? [])]);
    }

    /// <param name="hasTeachers">Whether what they are is in the run.</param>
    /// <exception cref="TrainingException">CMP0502 when the file is damaged or belongs to another run.</exception>
    public void Read(TrainingCheckpoint checkpoint, int stepsPerEpoch, bool hasTeachers)
    {
        var path = checkpoint.Path;
        var (header, stored) = CheckpointFile.Read(path);
        if (header.Run != checkpoint.Run || header.Threads != checkpoint.Threads)
        {
            foreach (var tensor in stored.Values) tensor.Dispose();
            throw new TrainingException(
                TrainingException.Checkpoint,
                $"The checkpoint '{Path.GetFileName(path)}' is of another model, data set or recipe{(hasTeachers ? ", or of other teachers" : "")}.",
                path,
                $"Delete it to start anew, or give back the model, data{(hasTeachers ? ", teachers" : "")} and recipe that it was made with.");
        }

        (Epoch, Step, Seconds, WentBack) = (header.Epoch, header.Step, header.Seconds, header.WentBack);
        (BestEpoch, BestValidation, ValidationMetric) = (header.BestEpoch, header.BestValidation, header.ValidationMetric);
        History.Clear();
        History.AddRange(header.History);
        Optimizer.Steps = ((long)Epoch * stepsPerEpoch) + Step;
        SetLossSum(header.LossSum);
        var live = TensorSnapshot.Of(stored, Live);
        live.CopyTo(Tensors);
        epochStart.Dispose();
        epochStart = Step > 0 ? TensorSnapshot.Of(stored, Start) : live;
        if (Step > 0) live.Dispose();
        best = BestEpoch is not null && stored.Keys.Any(name => name.StartsWith(Best, StringComparison.Ordinal))
            ? TensorSnapshot.Of(stored, Best)
            : null;
    }

    /// <summary>Weights and running statistics by their names in the module.</summary>
    public static IEnumerable<(string Name, Tensor Value)> TensorsOf(nn.Module module) =>
        module.named_parameters()
            .Select(named => (named.name, (Tensor)named.parameter))
            .Concat(module.named_buffers(include_nonpersistent: false).Select(named => (named.name, named.buffer)));

    public void Dispose()
    {
        Optimizer.Dispose();
        Averaging?.Dispose();
        LossSum.Dispose();
        epochStart.Dispose();
        best?.Dispose();
    }

    void StartEpoch()
    {
        Step = 0;
        Seconds = 0;
        SetLossSum(0);
    }

    void SetLossSum(double value)
    {
        // fill_ hands out a second handle to the tensor, which the scope frees.
        using var scope = NewDisposeScope();
        LossSum.fill_(value);
    }

    static IEnumerable<(string Name, Tensor Value)> Prefixed(string prefix, IEnumerable<(string Name, Tensor Value)> tensors) =>
        tensors.Select(tensor => (prefix + tensor.Name, tensor.Value));
}
