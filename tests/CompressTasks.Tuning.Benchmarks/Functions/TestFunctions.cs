namespace CompressTasks.Tuning.Benchmarks;

/// <summary>
/// The usual functions (Surjanovic and Bingham's collection, formulas only) and some of the shapes that training has: choices, conditions, noise, constraints,
/// cliffs, and many parameters of which two matter.
/// </summary>
static class TestFunctions
{
    static readonly double[][] HartmannA3 = [[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]];
    static readonly double[][] HartmannP3 = [[0.3689, 0.1170, 0.2673], [0.4699, 0.4387, 0.7470], [0.1091, 0.8732, 0.5547], [0.0381, 0.5743, 0.8828]];
    static readonly double[][] HartmannA6 = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]];

    static readonly double[][] HartmannP6 =
    [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];

    static readonly double[] HartmannWeights = [1.0, 1.2, 3.0, 3.2];

    public static IReadOnlyList<TestFunction> All { get; } =
    [
        new("branin", new SearchSpace().Float("x0", -5, 10).Float("x1", 0, 15), (x, _) => Branin(x.Float("x0"), x.Float("x1")), 0.39788735772973816),
        Plain("hartmann3", 3, 0, 1, x => Hartmann(HartmannA3, HartmannP3, x), -3.86277978214808),
        Plain("hartmann6", 6, 0, 1, x => Hartmann(HartmannA6, HartmannP6, x), -3.32236801141551),
        Plain("ackley5", 5, -15, 32.768, Ackley, 0),
        Plain("ackley10", 10, -20, 32.768, Ackley, 0),
        Plain("rosenbrock4", 4, -5, 10, Rosenbrock, 0),
        Plain("levy4", 4, -10, 10, Levy, 0),
        Plain("rastrigin4", 4, -5.12, 4, Rastrigin, 0),
        Plain("styblinski5", 5, -5, 5, x => x.Sum(v => (Math.Pow(v, 4) - (16 * v * v) + (5 * v)) / 2), -39.16616570377142 * 5),
        Plain("griewank6", 6, -300, 600, Griewank, 0),
        Plain("embedded20", 20, 0, 1, x => Branin((x[3] * 15) - 5, x[11] * 15), 0.39788735772973816),
        Plain("embedded10", 10, 0, 1, x => Hartmann(HartmannA3, HartmannP3, [x[1], x[4], x[8]]), -3.86277978214808),
        new(
            "log-mixed",
            new SearchSpace().Float("rate", 1e-5, 1, logarithmic: true).Int("layers", 1, 8).Int("width", 8, 1024, logarithmic: true).Categorical("activation", "relu", "gelu", "tanh", "silu").Float("dropout", 0, 0.9),
            (x, _) => LogMixed(x),
            0.05),
        new(
            "conditional",
            new SearchSpace().Categorical("optimizer", "sgd", "adam", "lion")
                .Float("sgdRate", 1e-3, 10, logarithmic: true).When("optimizer", "sgd").Float("momentum", 0, 0.99).When("optimizer", "sgd")
                .Float("adamRate", 1e-5, 1e-1, logarithmic: true).When("optimizer", "adam").Float("beta", 0.8, 0.999).When("optimizer", "adam")
                .Float("lionRate", 1e-6, 1e-2, logarithmic: true).When("optimizer", "lion")
                .Float("decay", 1e-6, 1e-1, logarithmic: true),
            (x, _) => Conditional(x),
            0.1),
        new("cliff", new SearchSpace().Float("rate", 1e-4, 10, logarithmic: true).Float("momentum", 0, 0.99).Float("decay", 1e-6, 1e-1, logarithmic: true), (x, _) => Cliff(x), 0.04),
        new(
            "noisy-hartmann6",
            Box(6, 0, 1),
            (x, seed) => Hartmann(HartmannA6, HartmannP6, Vector(x)) + (0.1 * Gauss(seed)),
            -3.32236801141551) { True = x => Hartmann(HartmannA6, HartmannP6, Vector(x)) },
        new("constrained", new SearchSpace().Float("x0", 0, 1).Float("x1", 0, 1), (x, _) => x.Float("x0") + x.Float("x1"), 0.5997881) { Constraint = x => Gardner(x.Float("x0"), x.Float("x1")) },
        new(
            "discrete",
            new SearchSpace().Int("a", 0, 20).Int("b", 0, 20).Int("c", 0, 20).Boolean("d").Categorical("e", "p", "q", "r", "s", "t"),
            (x, _) => Discrete(x),
            0),
    ];

    /// <summary>More parameters than a search usually has.</summary>
    public static IReadOnlyList<TestFunction> Large { get; } =
    [
        Plain("embedded40", 40, 0, 1, x => Hartmann(HartmannA6, HartmannP6, [x[2], x[7], x[15], x[21], x[30], x[36]]), -3.32236801141551),
        Plain("levy30", 30, -10, 10, Levy, 0),
        Plain("rosenbrock25", 25, -5, 10, Rosenbrock, 0),
        new("widths", Enumerable.Range(0, 24).Aggregate(new SearchSpace().Float("rate", 1e-4, 1, logarithmic: true), (space, i) => space.Int("w" + i, 4, 64, logarithmic: true)), (x, _) => Widths(x), 0),
    ];

    /// <summary>Trainings whose value depends on their seed.</summary>
    public static IReadOnlyList<TestFunction> Noisy { get; } =
    [
        .. new[] { ("log-mixed", 0.01), ("cliff", 0.003), ("branin", 2), ("conditional", 0.005) }.Select(pair => WithNoise(All.First(function => function.Name == pair.Item1), pair.Item2)),
    ];

    /// <summary>Those and the tabulated trainings.</summary>
    public static IEnumerable<TestFunction> Everything => All.Concat(Large).Concat(Noisy).Concat(TabulatedTraining.All.Select(training => training.Function));

    public static TestFunction Named(string name) => Everything.First(function => function.Name == name);

    static TestFunction WithNoise(TestFunction function, double deviation) =>
        new("noisy-" + function.Name, function.Space, (x, seed) => function.Value(x, seed) + (deviation * Gauss(seed)), function.Minimum) { True = x => function.Value(x, 0) };

    public static double Gauss(int seed)
    {
        var random = new Random(seed);
        return Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    static SearchSpace Box(int dimensions, double low, double high) => new(Enumerable.Range(0, dimensions).Select(i => new FloatParameter("x" + i, low, high)));

    static TestFunction Plain(string name, int dimensions, double low, double high, Func<double[], double> value, double minimum) =>
        new(name, Box(dimensions, low, high), (x, _) => value(Vector(x)), minimum);

    static double[] Vector(Configuration x) => [.. x.Select(pair => pair.Value.Number)];

    static double Branin(double x, double y)
    {
        var curve = y - (5.1 / (4 * Math.PI * Math.PI) * x * x) + (5 / Math.PI * x) - 6;
        return (curve * curve) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x)) + 10;
    }

    static double Hartmann(double[][] a, double[][] p, double[] x)
    {
        var sum = 0.0;
        for (var i = 0; i < 4; i++)
            sum -= HartmannWeights[i] * Math.Exp(-x.Select((value, j) => a[i][j] * (value - p[i][j]) * (value - p[i][j])).Sum());
        return sum;
    }

    static double Ackley(double[] x) =>
        (-20 * Math.Exp(-0.2 * Math.Sqrt(x.Average(v => v * v)))) - Math.Exp(x.Average(v => Math.Cos(2 * Math.PI * v))) + 20 + Math.E;

    static double Rosenbrock(double[] x) => Enumerable.Range(0, x.Length - 1).Sum(i => (100 * Math.Pow(x[i + 1] - (x[i] * x[i]), 2)) + Math.Pow(1 - x[i], 2));

    static double Levy(double[] x)
    {
        var w = x.Select(v => 1 + ((v - 1) / 4)).ToArray();
        var sum = Math.Pow(Math.Sin(Math.PI * w[0]), 2);
        for (var i = 0; i < w.Length - 1; i++)
            sum += Math.Pow(w[i] - 1, 2) * (1 + (10 * Math.Pow(Math.Sin((Math.PI * w[i]) + 1), 2)));
        return sum + (Math.Pow(w[^1] - 1, 2) * (1 + Math.Pow(Math.Sin(2 * Math.PI * w[^1]), 2)));
    }

    static double Rastrigin(double[] x) => x.Sum(v => (v * v) - (10 * Math.Cos(2 * Math.PI * v)) + 10);

    static double Griewank(double[] x) => x.Sum(v => v * v / 4000) - x.Select((v, i) => Math.Cos(v / Math.Sqrt(i + 1))).Aggregate(1.0, (a, b) => a * b) + 1;

    static double LogMixed(Configuration x)
    {
        var activation = x.Text("activation") switch { "relu" => 0.03, "gelu" => 0.0, "tanh" => 0.1, _ => 0.01 };
        var rate = Math.Log10(x.Float("rate")) + 2.5 + (0.15 * (x.Int("layers") - 4));
        return 0.05 + (0.02 * rate * rate) + (0.003 * Math.Pow(x.Int("layers") - 5, 2)) + (0.01 * Math.Pow(Math.Log2(x.Int("width") / 256.0), 2)) + activation + (0.2 * Math.Pow(x.Float("dropout") - 0.2, 2));
    }

    static double Conditional(Configuration x)
    {
        var decay = 0.01 * Math.Pow(Math.Log10(x.Float("decay")) + 4, 2);
        return decay + x.Text("optimizer") switch
        {
            "sgd" => 0.1 + (0.05 * Math.Pow(Math.Log10(x.Float("sgdRate") / (1 - x.Float("momentum"))) - 0.5, 2)) + (0.1 * Math.Pow(x.Float("momentum") - 0.9, 2)),
            "adam" => 0.12 + (0.04 * Math.Pow(Math.Log10(x.Float("adamRate")) + 3, 2)) + (2 * Math.Pow(x.Float("beta") - 0.9, 2)),
            _ => 0.13 + (0.03 * Math.Pow(Math.Log10(x.Float("lionRate")) + 4, 2)),
        };
    }

    /// <summary>Each of many layers lacks accuracy below a width of its own and costs by its width, as in pruning; the layers share a learning rate.</summary>
    static double Widths(Configuration x) => Math.Pow(Math.Log10(x.Float("rate")) + 1.7, 2) / 10 + Enumerable.Range(0, 24).Sum(i =>
    {
        var ratio = Math.Log2(x.Int("w" + i) / (double)(8 + (i * 7 % 32)));
        return (ratio < 0 ? 4 : 1) * ratio * ratio / 24;
    });

    /// <summary>The best rate lies close below the one at which training diverges.</summary>
    static double Cliff(Configuration x)
    {
        var effective = Math.Log10(x.Float("rate") / (1 - x.Float("momentum")));
        if (effective > 0.5)
            return 0.9;
        return 0.04 + (0.02 * Math.Pow(effective - 0.4, 2)) + (0.02 * Math.Pow(x.Float("momentum") - 0.8, 2)) + (0.004 * Math.Pow(Math.Log10(x.Float("decay")) + 3.5, 2));
    }

    /// <summary>The constraint of Gardner et al. (2014): at most 0 is feasible.</summary>
    static double Gardner(double x, double y) => Math.Max(
        1.5 - x - (2 * y) - (0.5 * Math.Sin(2 * Math.PI * ((x * x) - (2 * y)))),
        (x * x) + (y * y) - 1.5);

    static double Discrete(Configuration x)
    {
        var choice = x.Text("e")[0] - 'p';
        return (0.01 * Math.Pow(x.Int("a") - 13, 2)) + (0.01 * Math.Pow(x.Int("b") - x.Int("a") + 6, 2)) + (0.005 * Math.Pow(x.Int("c") - 2, 2)) + (x.Flag("d") ? 0 : 0.3) + (choice == 2 ? 0 : 0.1 + (0.02 * choice));
    }
}
