namespace CompressTasks.Training;

/// <summary>The learning rate of each step, as a function of the recipe and the step only.</summary>
public static class LearningRates
{
    const double RisingPart = 0.3, StartDivisor = 25, EndDivisor = 1e4;

    /// <param name="recipe">Gives the schedule, the highest rate and the warm-up.</param>
    /// <param name="step">From 0, counted over the whole run.</param>
    /// <param name="stepsPerEpoch">Steps of one epoch.</param>
    public static double At(TrainingRecipe recipe, long step, long stepsPerEpoch)
    {
        var warmup = (long)Math.Round(recipe.WarmupEpochs * stepsPerEpoch);
        if (step < warmup) return recipe.LearningRate * (step + 1) / warmup;
        var total = Math.Max(1, (recipe.Epochs * stepsPerEpoch) - warmup);
        var progress = (double)(step - warmup) / total;
        return recipe.LearningRate * (recipe.Schedule switch
        {
            LearningRateSchedule.Constant => 1,
            LearningRateSchedule.Step => progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01,
            LearningRateSchedule.OneCycle when progress < RisingPart => Between(1 / StartDivisor, 1, progress / RisingPart),
            LearningRateSchedule.OneCycle => Between(1, 1 / (StartDivisor * EndDivisor), (progress - RisingPart) / (1 - RisingPart)),
            _ => Between(1, 0, progress),
        });
    }

    /// <summary>From one value to another along half a cosine; <paramref name="part"/> from 0 to 1.</summary>
    static double Between(double from, double to, double part) => to + ((from - to) * (1 + Math.Cos(Math.PI * part)) / 2);
}
