using System.Globalization;

namespace CompressTasks.Tuning.Benchmarks;

/// <summary>
/// A real training of which every configuration of a grid was run once (<see cref="TabulateCommand"/>): samplers and stopping rules can be compared over many
/// seeds in seconds. The parameters of the space are the numbers of the levels.
/// </summary>
sealed class TabulatedTraining
{
    /// <summary>The share of classes that chance gets wrong: what a diverged training counts as.</summary>
    const double Chance = 0.9;

    static readonly double[] Rates = [.. Enumerable.Range(0, 10).Select(level => Math.Pow(10, -3 + (level / 3.0)))];

    readonly Lazy<IReadOnlyDictionary<string, double[]>> _errors;

    TabulatedTraining(string name, int epochs, params TabulatedAxis[] axes)
    {
        Epochs = epochs;
        Name = name;
        Axes = axes;
        var space = new SearchSpace();
        foreach (var axis in axes)
        {
            space = axis.Choices is not null ? space.Categorical(axis.Name, [.. axis.Values]) : space.Int(axis.Name, 0, axis.Levels.Length - 1);
            if (axis.When is { } when) space = space.When(when.Axis, when.Choice);
        }

        Space = space;
        _errors = new(() => Read(Path.Combine(AppContext.BaseDirectory, "Tables", name + ".tsv")));
    }

    /// <summary>Two hidden layers on Fashion-MNIST's first 1,000 training images.</summary>
    public static TabulatedTraining Perceptron { get; } = new(
        "fashion-perceptron",
        9,
        new("rate", Rates),
        new("momentum", [0, 0.5, 0.9, 0.97]),
        new("decay", [1e-5, 1e-4, 1e-3, 1e-2]),
        new("batch", [16, 32, 64, 128]),
        new("width", [8, 16, 32, 64]),
        new("smoothing", [0, 0.1]));

    /// <summary>Two convolutions on Fashion-MNIST's first 500 training images; the momentum exists for one of two optimizers.</summary>
    public static TabulatedTraining Convolutions { get; } = new(
        "fashion-convolutions",
        9,
        new("optimizer", []) { Choices = ["sgd", "adamw"] },
        new("rate", Rates),
        new("momentum", [0, 0.5, 0.9, 0.97]) { When = ("optimizer", "sgd") },
        new("decay", [1e-5, 1e-3, 1e-1]),
        new("batch", [16, 32, 64]),
        new("channels", [4, 8, 16]),
        new("kernel", [3, 5]));

    public static IReadOnlyList<TabulatedTraining> All { get; } = [Perceptron, Convolutions];

    public string Name { get; }

    public IReadOnlyList<TabulatedAxis> Axes { get; }

    public int Epochs { get; }

    public SearchSpace Space { get; }

    public TestFunction Function => new(Name, Space, (configuration, _) => Curve(configuration)[^1], _errors.Value.Values.Min(curve => curve[^1])) { Curve = Curve, Epochs = Epochs };

    /// <summary>Every configuration of the grid.</summary>
    public IEnumerable<Configuration> Grid()
    {
        IEnumerable<Configuration> grid = [Configuration.Empty];
        foreach (var axis in Axes)
        {
            var values = axis.Values.ToArray();
            grid = grid.SelectMany(chosen => axis.When is { } when && chosen.Text(when.Axis) != when.Choice ? [chosen] : values.Select(value => chosen.With(axis.Name, value)));
        }

        return grid;
    }

    public double Level(Configuration configuration, string axis) => Axes.First(candidate => candidate.Name == axis).Levels[configuration.Int(axis)];

    /// <summary>The row's name in the table.</summary>
    public string Key(Configuration configuration) =>
        string.Join(',', Axes.Select(axis => configuration.Contains(axis.Name) ? configuration[axis.Name].ToString() : "-"));

    /// <summary>Validation errors after each epoch, from 0 to 1.</summary>
    public double[] Curve(Configuration configuration) => _errors.Value[Key(configuration)];

    public static IReadOnlyDictionary<string, double[]> Read(string file) => File.ReadLines(file)
        .Select(line => line.Split('\t'))
        .ToDictionary(fields => fields[0], fields => fields[1..].Select(text => text == "-" ? Chance : double.Parse(text, CultureInfo.InvariantCulture)).ToArray());
}

/// <summary>One hyper-parameter of a <see cref="TabulatedTraining"/>.</summary>
sealed record TabulatedAxis(string Name, double[] Levels)
{
    /// <summary>Instead of levels.</summary>
    public string[]? Choices { get; init; }

    /// <summary>Exists only with this choice of that axis.</summary>
    public (string Axis, string Choice)? When { get; init; }

    public IEnumerable<ParameterValue> Values => Choices is { } choices ? choices.Select(ParameterValue.FromText) : Levels.Select((_, level) => ParameterValue.FromNumber(level));
}
