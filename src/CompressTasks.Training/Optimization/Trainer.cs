using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Trains a module as a recipe says. The module is changed in place, on the device where its weights are, and left in
/// inference mode. Same seed, device and thread count: the same weights, bit for bit, on the CPU, also when the run was
/// stopped and went on from its checkpoint.
/// </summary>
public sealed class Trainer(nn.Module<Tensor, Tensor> module, TrainingRecipe recipe)
{
    /// <summary>Steps between two looks at the loss: each look waits for the device.</summary>
    const int StepsPerLook = 16;

    static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(0.5);

    /// <summary>What the module's outputs are; decides how the losses read them.</summary>
    public OutputKind Outputs { get; init; }

    /// <summary>Teachers to learn from, or null to learn from labels alone.</summary>
    public Distillation? Distillation { get; init; }

    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>
    /// File to which the state is written after each epoch, every <see cref="CheckpointInterval"/> and on cancellation, and from which a
    /// run goes on; null for none. With teachers a state of another number of threads stays there, and this run's lies beside it (<see cref="TrainingCheckpoint"/>).
    /// </summary>
    public string? CheckpointPath { get; init; }

    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>No further epoch begins after this much training time (that before a resumption included); null for no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>What acts on the weights within each step, in this order; owned by the caller.</summary>
    public IReadOnlyList<TrainingConstraint> Constraints { get; init; } = [];

    /// <summary>Further text that a checkpoint has to agree in, such as a teacher's hash.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Trains, from the checkpoint where there is one.</summary>
    /// <param name="training">Fits the module's input (<see cref="DataSet.EnsureFits"/>).</param>
    /// <param name="validation">Measured after each epoch, never trained on; null for none.</param>
    /// <param name="cancellation">Stops after the current step; the checkpoint is written first.</param>
    /// <exception cref="TrainingException">
    /// CMP0120 a recipe's value; CMP0404 labels; CMP0501 the loss diverged twice; CMP0502 a checkpoint that cannot be used, or that another training uses.
    /// </exception>
    public TrainingResult Train(DataSet training, DataSet? validation = null, CancellationToken cancellation = default)
    {
        TrainingCheck.Recipe(recipe, module, Outputs, training, validation);
        Distillation?.Validate();
        using var held = CheckpointPath is null ? null : CheckpointLock.Take(CheckpointPath);
        using var outerScope = NewDisposeScope();
        foreach (var data in (DataSet?[])[training, validation])
        {
            if (data is not null) TrainingCheck.Labels(module, data, Distillation is not null);
        }

        using var settings = new GraphSettings(module as GraphModule, recipe);
        var steps = BatchPlan.Steps(training.Count, (long)recipe.BatchSize * recipe.Accumulation);
        var report = new TrainingReport(Progress, recipe.Epochs, training.Count, steps);
        using var distilled = Distillation is null ? null : new DistilledTraining(Distillation, module, Outputs, recipe, training);
        using var state = new TrainingState(module, [.. distilled?.Companions ?? []], recipe, Constraints);
        var checkpoint = CheckpointPath is null ? null : TrainingCheckpoint.Choose(CheckpointPath, RunHash(training, validation, distilled, state.Modules), Distillation is { Teachers.Count: > 0 } ? get_num_threads() : null);
        if (File.Exists(checkpoint?.Path)) state.Read(checkpoint, steps, Distillation is not null);
        else if (checkpoint is not null && checkpoint.Path != CheckpointPath) report.Say(1, RateOf(state, 0, steps), $"the checkpoint '{Path.GetFileName(CheckpointPath)}' is of another number of threads: the training begins anew with {checkpoint.Threads}, and its state is '{Path.GetFileName(checkpoint.Path)}'");
        OpenTeachers(distilled, training, validation, message => report.Say(state.Epoch + 1, RateOf(state, state.Step, steps), message), cancellation);
        var loss = new BatchLoss(training, Outputs, recipe, distilled);
        var judge = validation is null ? null : new Validation(module, validation, Outputs, recipe, new BatchLoss(validation, Outputs, recipe, distilled));
        if (settings.Note is { } note && state.Epoch < recipe.Epochs) report.Say(state.Epoch + 1, RateOf(state, state.Step, steps), note);
        if (state is { Epoch: 0, Step: 0 }) Constrain(PositionOf(state, steps));
        while (state.Epoch < recipe.Epochs && !PatienceIsOver(state) && !TimeIsOver(state))
        {
            if (!RunEpoch(state, training, steps, loss, checkpoint, report, cancellation))
            {
                GoBackOnce(state, steps, report);
                continue;
            }

            var result = new EpochResult(state.Epoch + 1, state.LossSum.item<double>() / training.Count, null, RateOf(state, steps - 1, steps), state.Seconds);
            var measured = judge is null ? null : Validate(judge, state, training, steps, checkpoint, cancellation);
            result = result with { Validation = measured?.Value };
            state.FinishEpoch(result);
            if (checkpoint is not null) state.Write(checkpoint);
            report.Epoch(result, measured);
        }

        if (!(recipe.KeepBest && state.RestoreBest())) EndWithAverages(state, training, cancellation);
        module.eval();
        var seconds = state.History.Sum(epoch => epoch.Seconds);
        return new(
            [.. state.History], state.ValidationMetric, state.BestEpoch, state.BestValidation,
            seconds > 0 ? (double)training.Count * state.History.Count / seconds : 0, state.Epoch < recipe.Epochs, state.WentBack);
    }

    /// <returns>False when the loss or a weight became NaN or infinite.</returns>
    bool RunEpoch(TrainingState state, DataSet training, int steps, BatchLoss loss, TrainingCheckpoint? checkpoint, TrainingReport report, CancellationToken cancellation)
    {
        var order = SeededRandom.Permutation(training.Count, recipe.Seed, state.Epoch);
        var (clock, before, firstStep) = (Stopwatch.StartNew(), state.Seconds, state.Step);
        var (nextReport, nextCheckpoint) = (ProgressInterval, CheckpointInterval);
        var (part, samples) = (0, 0);
        foreach (var trained in state.Modules) trained.train();
        var slices = Enumerable.Range(firstStep, steps - firstStep).SelectMany(step => BatchPlan.Parts(BatchPlan.Slice(order, step, steps), recipe.BatchSize));
        foreach (var (indices, batch) in ReadAhead.Of(training, slices))
        {
            var stepSamples = BatchPlan.Length(training.Count, state.Step, steps);
            if (samples == 0)
            {
                foreach (var trained in state.Modules) trained.zero_grad();
            }

            AddGradients(state, training, loss, indices, batch, part++, (double)indices.Length / stepSamples, PositionOf(state, steps));
            if ((samples += indices.Length) < stepSamples) continue;

            (part, samples) = (0, 0);
            var rate = RateOf(state, state.Step, steps);
            Update(state, steps, rate);
            state.Seconds = before + clock.Elapsed.TotalSeconds;
            var isCancelled = cancellation.IsCancellationRequested;
            if (state.Step % StepsPerLook != 0 && state.Step < steps && !isCancelled) continue;

            var sum = state.LossSum.item<double>();
            if (!double.IsFinite(sum)) return false;
            if (checkpoint is not null && (isCancelled || clock.Elapsed >= nextCheckpoint) && state.AllFinite())
            {
                state.Write(checkpoint);
                nextCheckpoint = clock.Elapsed + CheckpointInterval;
            }

            if (isCancelled) cancellation.ThrowIfCancellationRequested();
            FreedMemory.ReturnIfDue();
            if (clock.Elapsed < nextReport) continue;
            nextReport = clock.Elapsed + ProgressInterval;
            var done = (double)training.Count * state.Step / steps;
            var speed = (done - ((double)training.Count * firstStep / steps)) / clock.Elapsed.TotalSeconds;
            report.Step(state.Epoch + 1, state.Step, sum / done, rate, speed);
        }

        return state.AllFinite();
    }

    /// <summary>Adds a batch's gradients, weighted by its share of the step's samples, to those of the step's earlier batches.</summary>
    void AddGradients(TrainingState state, DataSet training, BatchLoss batchLoss, int[] indices, Batch batch, int part, double share, TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        using var read = batch;
        var device = state.LossSum.device;
        var (inputs, labels) = (batch.Inputs.to(device), batch.Labels?.to(device));
        LabelMixture? mixture = null;
        if (!recipe.Augmentation.IsNone)
        {
            var random = new SeededRandom(recipe.Seed, ((long)(state.Epoch + 1) << 32) + ((long)state.Step * recipe.Accumulation) + part);
            var masks = training.Labels == LabelKind.PixelClasses ? labels : null;
            (inputs, masks) = recipe.Augmentation.Apply(inputs, masks, random, training.PixelRange);
            (inputs, masks, mixture) = recipe.Augmentation.Mix(inputs, masks, random);
            labels = masks ?? labels;
        }

        var loss = batchLoss.Of(batchLoss.Run(module, inputs), inputs, labels, mixture, indices, position);
        if (!loss.requires_grad)
        {
            throw new TrainingException(
                TrainingException.NothingToTrain,
                "No gradient reaches any weight of the model: every path from the loss to a weight goes through an operator without gradients.",
                hint: "Train the part of the model before such operators (selection of boxes, arg max, quantised arithmetic), and add them afterwards.");
        }

        state.LossSum.add_(loss.detach(), indices.Length);
        (share < 1 ? loss.mul(share) : loss).backward();
    }

    void Update(TrainingState state, int steps, double rate)
    {
        using var scope = NewDisposeScope();
        if (recipe.GradientClip is { } limit) nn.utils.clip_grad_norm_(state.Modules.SelectMany(trained => trained.parameters()), limit);
        foreach (var constraint in Constraints) constraint.AfterBackward(PositionOf(state, steps));
        state.Optimizer.Step(rate);
        state.Step++;
        Constrain(PositionOf(state, steps));
        state.Averaging?.AfterUpdate(PositionOf(state, steps));
    }

    void Constrain(TrainingPosition position)
    {
        if (Constraints.Count == 0) return;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var constraint in Constraints) constraint.AfterUpdate(position);
    }

    /// <summary>Measures the epoch whose steps are done, with averaged weights where there are such, and keeps them where they are the best.</summary>
    EvaluationResult Validate(Validation validation, TrainingState state, DataSet training, int steps, TrainingCheckpoint? checkpoint, CancellationToken cancellation)
    {
        try
        {
            using var shown = state.Averaging?.HasBegun(state.Epoch + 1) == true ? state.Averaging.Show(training, cancellation) : null;
            var measured = validation.Measure(cancellation);
            var ended = PositionOf(state, steps);
            if (state.Averaging is { } averaging && averaging.HasBegun(state.Epoch + 1) && !averaging.HasBegun(state.Epoch)) state.ForgetBest();
            state.Judge(measured, Constraints.All(constraint => constraint.MayBeKept(ended)));
            return measured;
        }
        catch (OperationCanceledException)
        {
            // The epoch's steps are done and need not be done again.
            if (checkpoint is not null) state.Write(checkpoint);
            throw;
        }
    }

    static void EndWithAverages(TrainingState state, DataSet training, CancellationToken cancellation)
    {
        if (state.Averaging?.HasBegun(state.Epoch) != true) return;
        using var shown = state.Averaging.Show(training, cancellation);
        shown.Stays = true;
    }

    TrainingPosition PositionOf(TrainingState state, int steps) => new(state.Epoch, state.Step, steps, recipe.Epochs);

    void OpenTeachers(DistilledTraining? distilled, DataSet training, DataSet? validation, Action<string> say, CancellationToken cancellation)
    {
        distilled?.Open(training, recipe.Augmentation.IsNone, say, cancellation);
        if (validation is { HasLabels: false }) distilled?.Open(validation, isFixed: true, say, cancellation);
    }

    double RateOf(TrainingState state, int step, int steps) => LearningRates.At(recipe, ((long)state.Epoch * steps) + step, steps) * state.RateFactor;

    bool TimeIsOver(TrainingState state) =>
        TimeLimit is { } limit && state is { Epoch: > 0, Step: 0 } && state.History.Sum(epoch => epoch.Seconds) >= limit.TotalSeconds;

    bool PatienceIsOver(TrainingState state) =>
        recipe.EarlyStoppingPatience is { } patience && state.BestEpoch is { } best && state.Epoch - best >= patience;

    void GoBackOnce(TrainingState state, int steps, TrainingReport report)
    {
        var (epoch, wentBack) = (state.Epoch + 1, state.WentBack);
        state.GoBack();
        if (wentBack)
        {
            module.eval();
            throw new TrainingException(
                TrainingException.Diverged,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The loss became NaN or infinite in epoch {epoch}, also at half of the learning rate {recipe.LearningRate}."),
                hint: "Lower the recipe's learningRate, add warmupEpochs or a gradientClip, and check that the data is scaled.");
        }

        report.Say(epoch, RateOf(state, 0, steps), $"The loss became NaN or infinite in epoch {epoch}: going back to its start, at half of the learning rate.");
    }

    string RunHash(DataSet training, DataSet? validation, DistilledTraining? distilled, IEnumerable<nn.Module> modules)
    {
        Tensor[] weights = [.. modules.SelectMany(trained => trained.parameters().Cast<Tensor>().Concat(trained.buffers()))];
        var graph = module is GraphModule { Model: var model } ? ModelHash.Of(model) : null;
        return TensorHash.Of($"{graph} {recipe.Hash} {distilled?.Identity} {Outputs} {training.ContentHash} {validation?.ContentHash} {Identity} {string.Join(' ', Constraints.Select(constraint => constraint.Identity))}", weights);
    }
}
