using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>What a recipe asks for against the data and the module that are there, before the first step.</summary>
public static class TrainingCheck
{
    /// <summary>The part that needs no module.</summary>
    /// <param name="outputs">What the model's outputs are.</param>
    /// <exception cref="TrainingException">CMP0120 with the value that does not go with the data.</exception>
    public static void Recipe(TrainingRecipe recipe, OutputKind outputs, DataSet training, DataSet? validation)
    {
        recipe.Validate();
        TrainingRecipe.Require(recipe.EarlyStoppingPatience is null || validation is not null, "earlyStoppingPatience", "null without validation data");
        TrainingRecipe.Require(recipe.Schedule != LearningRateSchedule.Plateau || validation is not null, "schedule", "another than plateau without validation data");
        TrainingRecipe.Require(recipe.Loss is null || training.HasLabels, "loss", "null for data without labels, where teachers give the loss");
        TrainingRecipe.Require(recipe.Augmentation.IsNone || training.SampleShape.Length == 3, "augmentation", "none for samples that are not [channels, height, width]");
        if (recipe.Augmentation.Moves) Moves(training);
        if (training.HasLabels) _ = new LabelLoss(training, outputs, recipe);
    }

    /// <exception cref="TrainingException">CMP0120 with the value that does not go with the rest.</exception>
    internal static void Recipe(TrainingRecipe recipe, nn.Module module, OutputKind outputs, DataSet training, DataSet? validation)
    {
        Recipe(recipe, outputs, training, validation);
        if (module is GraphModule) return;
        TrainingRecipe.Require(recipe.Frozen.Count == 0, "frozen", "empty for a module that is no graph");
        TrainingRecipe.Require(recipe.Precision == TrainingPrecision.Float32, "precision", "float32 for a module that is no graph");
        TrainingRecipe.Require(recipe.Averaging?.Kind != AveragingKind.Stochastic, "averaging", "another than swa for a module that is no graph");
    }

    /// <summary>Labels are needed unless teachers stand in for them, and have to lie inside the model's outputs.</summary>
    /// <exception cref="TrainingException">CMP0404 for labels; CMP0120 for a loss that does not go with them.</exception>
    internal static void Labels(nn.Module<Tensor, Tensor> module, DataSet data, bool hasTeachers)
    {
        if (!data.HasLabels && hasTeachers) return;
        Evaluation.InInferenceMode(module, () =>
        {
            using var scope = NewDisposeScope();
            var outputs = OutputReading.Shaped(module.call(data.Read([0]).Inputs.to(Evaluation.DeviceOf(module))), data);
            data.EnsureLabels(outputs.numel() / outputs.shape[0]);
        });
    }

    /// <summary>Labels with an axis for rows and one for columns have to move as the pixels do.</summary>
    static void Moves(DataSet training)
    {
        const string changes = "without flip, shift, rotation and cutmix";
        TrainingRecipe.Require(
            training.Labels != LabelKind.PixelClasses || training.LabelShape.AsSpan().SequenceEqual(training.SampleShape.AsSpan(1)),
            "augmentation",
            $"{changes} for masks of another size than the images, which cannot be moved with them");
        TrainingRecipe.Require(
            training.Labels != LabelKind.Targets || training.LabelShape.Length < 2,
            "augmentation",
            $"{changes} for targets with rows and columns, of which it is not known how they move with the images");
    }
}
