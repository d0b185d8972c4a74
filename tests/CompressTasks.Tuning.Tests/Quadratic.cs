namespace CompressTasks.Tuning.Tests;

/// <summary>Spaces and objectives that the tests share.</summary>
static class Quadratic
{
    public static SearchSpace Space { get; } = new SearchSpace().Float("x", -5, 5).Float("y", -5, 5);

    public static SearchSpace Mixed { get; } = new SearchSpace()
        .Float("rate", 1e-4, 1, logarithmic: true)
        .Categorical("optimizer", "sgd", "adam")
        .Float("momentum", 0, 1).When("optimizer", "sgd")
        .Int("layers", 1, 6)
        .Boolean("bias");

    public static double Value(Trial trial) => Math.Pow(trial.Float("x") - 1, 2) + (2 * Math.Pow(trial.Float("y") + 2, 2));

    /// <summary>0 for sgd with a rate of 0.01, a momentum of 0.8, four layers and a bias.</summary>
    public static double MixedValue(Trial trial) =>
        Math.Pow(Math.Log10(trial.Float("rate")) + 2, 2)
        + (trial.Configuration.TryGet("momentum", out var momentum) ? Math.Pow(momentum.Number - 0.8, 2) : 1)
        + (0.1 * Math.Pow(trial.Int("layers") - 4, 2))
        + (trial.Flag("bias") ? 0 : 0.5);

    public static ISampler Sampler(string name) => name switch
    {
        "random" => new RandomSampler(),
        "zoom" => new RandomSampler { Zooming = true },
        "sobol" => new SobolSampler(),
        "grid" => new GridSampler(),
        "tpe" => new TpeSampler(),
        "tpe independent" => new TpeSampler { Model = TpeModel.Independent },
        "tpe grouped" => new TpeSampler { Model = TpeModel.Grouped },
        "gp" => new GaussianProcessSampler(),
        "cmaes" => new CmaEsSampler(),
        _ => new AutoSampler(),
    };
}
