namespace CompressTasks.Tuning;

/// <summary>
/// Configurations as points with one coordinate per parameter (see <see cref="Axis"/>). A coordinate that is not a number belongs to a parameter that does
/// not exist under the others' values, or was not recorded.
/// </summary>
sealed class SpaceEncoding
{
    readonly (int Parent, Condition Condition)[][] _conditions;
    readonly Dictionary<string, int> _index;

    public SpaceEncoding(SearchSpace space)
    {
        Space = space;
        Axes = [.. space.Parameters.Select(parameter => Axis.Of(parameter))];
        _index = Axes.Select((axis, index) => (axis.Parameter.Name, index)).ToDictionary(pair => pair.Name, pair => pair.index, StringComparer.Ordinal);
        _conditions = [.. space.Parameters.Select(parameter => parameter.When.Select(condition => (_index[condition.Parent], condition)).ToArray())];
    }

    public SearchSpace Space { get; }

    public Axis[] Axes { get; }

    public int Dimensions => Axes.Length;

    public bool HasConditions => _conditions.Any(conditions => conditions.Length > 0);

    /// <summary>Number of configurations when there is no continuous parameter (conditions disregarded), else infinity.</summary>
    public double Size => Axes.Aggregate(1.0, (size, axis) => size * (axis.IsFixed ? 1 : axis.Kind == AxisKind.Continuous ? double.PositiveInfinity : axis.Count));

    /// <summary>The conditions of a parameter, with the axes of their parents.</summary>
    public IReadOnlyList<(int Parent, Condition Condition)> ConditionsOf(int axis) => _conditions[axis];

    /// <summary>Whether the parameter exists under the coordinates of those before it.</summary>
    public bool Exists(int axis, ReadOnlySpan<double> point)
    {
        foreach (var (parent, condition) in _conditions[axis])
            if (double.IsNaN(point[parent]) || !condition.Holds(Axes[parent].Value(point[parent])))
                return false;
        return true;
    }

    /// <summary>
    /// Null when a value lies outside the space (which may have been another one when the trial was made). A parameter that the configuration lacks
    /// though it exists takes its default, if it has one.
    /// </summary>
    public double[]? Encode(Configuration configuration)
    {
        var point = new double[Axes.Length];
        Array.Fill(point, double.NaN);
        foreach (var (name, value) in configuration)
        {
            if (!_index.TryGetValue(name, out var axis))
                continue;
            if (!Axes[axis].Holds(value))
                return null;
            point[axis] = Axes[axis].Coordinate(value);
        }

        for (var axis = 0; axis < point.Length; axis++)
            if (double.IsNaN(point[axis]) && Axes[axis].Parameter.Default is { } standard && Axes[axis].Holds(standard) && Exists(axis, point))
                point[axis] = Axes[axis].Coordinate(standard);
        return point;
    }

    /// <summary>
    /// Snaps every coordinate to its nearest value; drops those that do not exist and fills those that do but are missing with the prior's middle.
    /// </summary>
    public void Repair(Span<double> point)
    {
        for (var axis = 0; axis < point.Length; axis++)
        {
            if (!Exists(axis, point))
                point[axis] = double.NaN;
            else if (double.IsNaN(point[axis]))
                point[axis] = Axes[axis].Draw(0.5);
            else
                point[axis] = Axes[axis].Snap(point[axis]);
        }
    }

    public Configuration Decode(ReadOnlySpan<double> point)
    {
        var values = new List<KeyValuePair<string, ParameterValue>>(point.Length);
        for (var axis = 0; axis < point.Length; axis++)
            if (!double.IsNaN(point[axis]))
                values.Add(KeyValuePair.Create(Axes[axis].Parameter.Name, Axes[axis].Value(point[axis])));
        return new(values);
    }

    /// <summary>The point that belongs to uniform numbers, one per parameter, by the declared beliefs.</summary>
    public double[] Draw(ReadOnlySpan<double> uniforms)
    {
        var point = new double[Axes.Length];
        for (var axis = 0; axis < point.Length; axis++)
            point[axis] = Exists(axis, point) ? Axes[axis].Draw(uniforms[axis]) : double.NaN;
        return point;
    }

    public double[] Draw(ref RandomStream random)
    {
        var uniforms = new double[Axes.Length];
        foreach (ref var uniform in uniforms.AsSpan())
            uniform = random.NextDouble();
        return Draw(uniforms);
    }
}
