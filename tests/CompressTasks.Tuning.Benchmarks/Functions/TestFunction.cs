namespace CompressTasks.Tuning.Benchmarks;

/// <summary>A function with a known minimum.</summary>
/// <param name="Value">What a trial sees; the second argument is a seed for functions with noise.</param>
/// <param name="Minimum">The least value without noise.</param>
sealed record TestFunction(string Name, SearchSpace Space, Func<Configuration, int, double> Value, double Minimum)
{
    /// <summary>The value without noise, by which regret is judged; the same as seen when null.</summary>
    public Func<Configuration, double>? True { get; init; }

    /// <summary>At most 0 is feasible.</summary>
    public Func<Configuration, double>? Constraint { get; init; }

    /// <summary>What a training reports after each epoch, where the function is one; the last is its value.</summary>
    public Func<Configuration, double[]>? Curve { get; init; }

    /// <summary>Of a whole training, where early stopping is looked at.</summary>
    public int Epochs { get; init; } = 20;

    public bool Noisy => True is not null;

    public double Regret(Configuration configuration) => (True?.Invoke(configuration) ?? Value(configuration, 0)) - Minimum;
}
