namespace CompressTasks.Training;

/// <summary>The learning rate of each step, as a function of the recipe, the step and, on a plateau, the results so far.</summary>
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
            LearningRateSchedule.Constant or LearningRateSchedule.Plateau => 1,
            LearningRateSchedule.Step => progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01,
            LearningRateSchedule.OneCycle when progress < RisingPart => Between(1 / StartDivisor, 1, progress / RisingPart),
            LearningRateSchedule.OneCycle => Between(1, 1 / (StartDivisor * EndDivisor), (progress - RisingPart) / (1 - RisingPart)),
            _ => Between(1, 0, progress),
        });
    }

    /// <summary>
    /// What the plateau schedule multiplies the rate by: the recipe's factor for each time that its patience ran out, counted anew after each.
    /// </summary>
    /// <param name="results">The validation results of the epochs so far; NaN is no better than anything.</param>
    /// <param name="higherIsBetter">Of the results.</param>
    public static double PlateauFactor(TrainingRecipe recipe, IEnumerable<double> results, bool higherIsBetter)
    {
        var (best, waited, factor) = (double.NaN, 0, 1.0);
        foreach (var result in results)
        {
            if (double.IsNaN(best) ? !double.IsNaN(result) : higherIsBetter ? result > best : result < best)
            {
                (best, waited) = (result, 0);
            }
            else if (++waited == recipe.PlateauPatience)
            {
                (factor, waited) = (factor * recipe.PlateauFactor, 0);
            }
        }

        return factor;
    }

    /// <summary>From one value to another along half a cosine; <paramref name="part"/> from 0 to 1.</summary>
    static double Between(double from, double to, double part) => to + ((from - to) * (1 + Math.Cos(Math.PI * part)) / 2);
}
