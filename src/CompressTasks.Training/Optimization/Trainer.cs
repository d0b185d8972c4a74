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
    /// run goes on; null for none.
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
    /// CMP0120 a recipe's value; CMP0404 labels; CMP0501 the loss diverged twice; CMP0502 a checkpoint that cannot be used.
    /// </exception>
    public TrainingResult Train(DataSet training, DataSet? validation = null, CancellationToken cancellation = default)
    {
        recipe.Validate();
        Distillation?.Recipe.Validate();
        TrainingRecipe.Require(
            recipe.EarlyStoppingPatience is null || validation is not null,
            "earlyStoppingPatience",
            "null without validation data");
        TrainingRecipe.Require(
            recipe.Augmentation.IsNone || training.SampleShape.Length == 3,
            "augmentation",
            "none for samples that are not [channels, height, width]");
        using var outerScope = NewDisposeScope();
        CheckLabels(training);
        if (validation is not null) CheckLabels(validation);

        var steps = BatchPlan.Steps(training.Count, recipe.BatchSize);
        using var state = new TrainingState(module, recipe, Constraints);
        var run = CheckpointPath is null ? "" : RunHash(training, validation);
        if (File.Exists(CheckpointPath)) state.Read(CheckpointPath, run, steps);
        using var teachers = TeachersOf(training, recipe.Augmentation.IsNone, cancellation);
        using var validationTeachers = validation is { HasLabels: false } ? TeachersOf(validation, isFixed: true, cancellation) : null;
        if (state is { Epoch: 0, Step: 0 }) Constrain(PositionOf(state, steps));
        while (state.Epoch < recipe.Epochs && !PatienceIsOver(state) && !TimeIsOver(state))
        {
            if (!RunEpoch(state, training, steps, teachers, run, cancellation))
            {
                GoBackOnce(state, steps);
                continue;
            }

            var result = new EpochResult(
                state.Epoch + 1,
                state.LossSum.item<double>() / training.Count,
                null,
                RateOf(state, steps - 1, steps),
                state.Seconds);
            var measured = validation is null ? null : Measure(validation, validationTeachers, cancellation);
            result = result with { Validation = measured?.Value };
            var ended = PositionOf(state, steps);
            state.FinishEpoch(result, measured, recipe.KeepBest, Constraints.All(constraint => constraint.MayBeKept(ended)));
            if (CheckpointPath is not null) state.Write(CheckpointPath, run);
            Report(
                result.Epoch,
                steps,
                steps,
                result.Loss,
                result.LearningRate,
                training.Count / result.Seconds,
                training.Count,
                Message(result, measured),
                measured);
        }

        if (recipe.KeepBest) state.RestoreBest();
        module.eval();
        var seconds = state.History.Sum(epoch => epoch.Seconds);
        return new(
            [.. state.History], state.ValidationMetric, state.BestEpoch, state.BestValidation,
            seconds > 0 ? (double)training.Count * state.History.Count / seconds : 0, state.Epoch < recipe.Epochs, state.WentBack);
    }

    /// <returns>False when the loss or a weight became NaN or infinite.</returns>
    bool RunEpoch(TrainingState state, DataSet training, int steps, TeacherAnswers? teachers, string run, CancellationToken cancellation)
    {
        var order = SeededRandom.Permutation(training.Count, recipe.Seed, state.Epoch);
        var device = state.LossSum.device;
        var (clock, before, firstStep) = (Stopwatch.StartNew(), state.Seconds, state.Step);
        var (nextReport, nextCheckpoint) = (ProgressInterval, CheckpointInterval);
        module.train();
        var slices = Enumerable.Range(firstStep, steps - firstStep).Select(step => BatchPlan.Slice(order, step, steps));
        foreach (var (indices, batch) in ReadAhead.Of(training, slices))
        {
            var rate = RateOf(state, state.Step, steps);
            RunStep(state, training, steps, indices, batch, teachers, rate, device);
            state.Step++;
            Constrain(PositionOf(state, steps));
            state.Seconds = before + clock.Elapsed.TotalSeconds;
            var isCancelled = cancellation.IsCancellationRequested;
            if (state.Step % StepsPerLook != 0 && state.Step < steps && !isCancelled) continue;

            var loss = state.LossSum.item<double>();
            if (!double.IsFinite(loss)) return false;
            if (CheckpointPath is not null && (isCancelled || clock.Elapsed >= nextCheckpoint) && state.AllFinite())
            {
                state.Write(CheckpointPath, run);
                nextCheckpoint = clock.Elapsed + CheckpointInterval;
            }

            if (isCancelled) cancellation.ThrowIfCancellationRequested();
            if (clock.Elapsed < nextReport) continue;
            nextReport = clock.Elapsed + ProgressInterval;
            var done = (double)training.Count * state.Step / steps;
            Report(
                state.Epoch + 1,
                state.Step,
                steps,
                loss / done,
                rate,
                (done - ((double)training.Count * firstStep / steps)) / clock.Elapsed.TotalSeconds,
                training.Count);
        }

        return state.AllFinite();
    }

    void RunStep(TrainingState state, DataSet training, int steps, int[] indices, Batch batch, TeacherAnswers? teachers, double rate, Device device)
    {
        using var scope = NewDisposeScope();
        using var read = batch;
        var inputs = batch.Inputs.to(device);
        LabelMixture? mixture = null;
        if (!recipe.Augmentation.IsNone)
        {
            var random = new SeededRandom(recipe.Seed, ((long)(state.Epoch + 1) << 32) + state.Step);
            (inputs, mixture) = recipe.Augmentation.Mix(recipe.Augmentation.Apply(inputs, random, training.PixelRange), random);
        }

        module.zero_grad();
        var loss = Loss(module.call(inputs), inputs, batch.Labels?.to(device), mixture, indices, training, teachers, recipe.LabelSmoothing);
        if (!loss.requires_grad)
        {
            throw new TrainingException(
                TrainingException.NothingToTrain,
                "No gradient reaches any weight of the model: every path from the loss to a weight goes through an operator without gradients.",
                hint: "Train the part of the model before such operators (selection of boxes, arg max, quantised arithmetic), and add them afterwards.");
        }

        loss.backward();
        if (recipe.GradientClip is { } limit) nn.utils.clip_grad_norm_(module.parameters(), limit);
        foreach (var constraint in Constraints) constraint.AfterBackward(PositionOf(state, steps));
        state.Optimizer.Step(rate);
        state.LossSum.add_(loss.detach(), indices.Length);
    }

    void Constrain(TrainingPosition position)
    {
        if (Constraints.Count == 0) return;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var constraint in Constraints) constraint.AfterUpdate(position);
    }

    TrainingPosition PositionOf(TrainingState state, int steps) => new(state.Epoch, state.Step, steps, recipe.Epochs);

    Tensor Loss(Tensor outputs, Tensor inputs, Tensor? labels, LabelMixture? mixture, int[] indices, DataSet data, TeacherAnswers? teachers, double smoothing)
    {
        var perSample = Evaluation.PerSample(outputs, data);
        var isRegression = data.Labels == LabelKind.Targets;
        var values = isRegression ? perSample : Losses.Logits(perSample, Outputs);
        Tensor Against(Tensor wanted) => isRegression ? Losses.MeanSquaredError(values, wanted) : Losses.CrossEntropy(values, wanted, smoothing);
        var labelLoss = labels is null ? null : mixture?.Loss(labels, Against) ?? Against(labels);
        return teachers is null ? labelLoss! : Distillation!.Combined(values, labelLoss, teachers.For(inputs, indices), isRegression);
    }

    EvaluationResult Measure(DataSet validation, TeacherAnswers? teachers, CancellationToken cancellation)
    {
        if (validation.HasLabels) return Evaluation.Measure(module, validation, recipe.BatchSize, cancellation);
        double sum = 0, sumOfSquares = 0;
        Evaluation.InInferenceMode(module, () =>
        {
            foreach (var (indices, batch) in ReadAhead.Of(validation, BatchPlan.InOrder(validation.Count, recipe.BatchSize)))
            {
                using var read = batch;
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var inputs = batch.Inputs.to(Evaluation.DeviceOf(module));
                var loss = Loss(module.call(inputs), inputs, null, null, indices, validation, teachers, 0).item<float>();
                sum += (double)loss * indices.Length;
                sumOfSquares += (double)loss * loss * indices.Length;
            }
        });
        double samples = validation.Count, mean = sum / samples;
        return new(Metric.DistillationLoss, mean, Math.Sqrt(Math.Max(0, (sumOfSquares / samples) - (mean * mean)) / samples), validation.Count);
    }

    /// <summary>Labels are needed unless teachers stand in for them, and have to lie inside the model's outputs.</summary>
    void CheckLabels(DataSet data)
    {
        if (!data.HasLabels && Distillation is not null) return;
        Evaluation.InInferenceMode(module, () =>
        {
            using var scope = NewDisposeScope();
            var inputs = data.Read([0]).Inputs.to(Evaluation.DeviceOf(module));
            data.EnsureLabels(Evaluation.PerSample(module.call(inputs), data).shape[1]);
        });
    }

    TeacherAnswers? TeachersOf(DataSet data, bool isFixed, CancellationToken cancellation) => Distillation is null
        ? null
        : new TeacherAnswers(Distillation, data, isFixed, recipe.BatchSize, Evaluation.DeviceOf(module), cancellation);

    double RateOf(TrainingState state, int step, int steps) => LearningRates.At(recipe, ((long)state.Epoch * steps) + step, steps) * state.RateFactor;

    bool TimeIsOver(TrainingState state) =>
        TimeLimit is { } limit && state is { Epoch: > 0, Step: 0 } && state.History.Sum(epoch => epoch.Seconds) >= limit.TotalSeconds;

    bool PatienceIsOver(TrainingState state) =>
        recipe.EarlyStoppingPatience is { } patience && state.BestEpoch is { } best && state.Epoch - best >= patience;

    void GoBackOnce(TrainingState state, int steps)
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

        Report(
            epoch,
            0,
            steps,
            double.NaN,
            RateOf(state, 0, steps),
            0,
            0,
            $"The loss became NaN or infinite in epoch {epoch}: going back to its start, at half of the learning rate.");
    }

    void Report(int epoch, int step, int steps, double loss, double rate, double samplesPerSecond, int samples, string? message = null, EvaluationResult? validation = null)
    {
        if (Progress is null) return;
        var samplesLeft = ((recipe.Epochs - epoch) + (1 - ((double)step / steps))) * samples;
        var left = samplesPerSecond > 0 ? TimeSpan.FromSeconds(samplesLeft / samplesPerSecond) : TimeSpan.Zero;
        Progress.Report(new(epoch, recipe.Epochs, step, steps, loss, rate, samplesPerSecond, left, message, validation));
    }

    static string Message(EpochResult result, EvaluationResult? validation)
    {
        var measured = validation switch
        {
            null => "",
            { Metric: Metric.Accuracy } => string.Create(CultureInfo.InvariantCulture, $", validation accuracy {validation.Value:P2}"),
            _ => string.Create(CultureInfo.InvariantCulture, $", validation {validation.Value:G5}"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"epoch {result.Epoch}: loss {result.Loss:F4}{measured}");
    }

    string RunHash(DataSet training, DataSet? validation)
    {
        Tensor[] weights = [.. module.parameters(), .. module.buffers()];
        return TensorHash.Of($"{recipe.Hash} {Distillation?.Recipe} {Outputs} {training.ContentHash} {validation?.ContentHash} {Identity} {string.Join(' ', Constraints.Select(constraint => constraint.Identity))}", weights);
    }
}
