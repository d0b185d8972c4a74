namespace CompressTasks.Tuning;

/// <summary>One loss from several by random weights for each suggestion (ParEGO, Knowles 2006): over many trials the whole front is searched.</summary>
static class Scalarization
{
    const double Augmentation = 0.05;

    /// <summary>The largest weighted loss and a little of their sum, each loss scaled to 0 ... 1 over the complete trials.</summary>
    public static double Of(History history, double[] losses, SamplingContext context)
    {
        var random = new RandomStream(context.Seed, context.Number, 6);
        var weights = losses.Select(_ => -Math.Log(1 - random.NextDouble())).ToArray();
        var total = weights.Sum();
        var (largest, sum) = (double.NegativeInfinity, 0.0);
        for (var objective = 0; objective < losses.Length; objective++)
        {
            var (least, most) = Range(history, objective);
            var scaled = most > least ? (losses[objective] - least) / (most - least) : 0;
            var weighted = weights[objective] / total * scaled;
            largest = Math.Max(largest, weighted);
            sum += weighted;
        }

        return largest + (Augmentation * sum);
    }

    /// <summary>From the best to the ninth decile, so that one very bad trial does not flatten the scale.</summary>
    static (double Least, double Most) Range(History history, int objective)
    {
        var values = history.Observations
            .Where(observation => observation.Trial.State == TrialState.Complete)
            .Select(observation => observation.Losses[objective])
            .Where(double.IsFinite)
            .Order()
            .ToArray();
        return values.Length == 0 ? (0, 0) : (values[0], values[(values.Length - 1) * 9 / 10]);
    }
}
