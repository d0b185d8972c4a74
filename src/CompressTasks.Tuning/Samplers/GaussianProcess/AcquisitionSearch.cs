namespace CompressTasks.Tuning;

/// <summary>
/// Finds where the acquisition is largest: many points everywhere and around the best trials, then from the most promising ones in turn gradients over what is
/// continuous and neighbours over what is not, until neither helps. Nothing that a known constraint forbids is ever returned.
/// </summary>
sealed class AcquisitionSearch(SamplingContext context, Features features, ExpectedImprovement acquisition, IReadOnlyList<double[]> bestPoints)
{
    const int FewLevels = 16;
    const int Rounds = 3;
    const double FarAlongAxis = 0.1;

    readonly SpaceEncoding _encoding = context.History.Encoding;

    /// <param name="spread">Number of points everywhere.</param>
    /// <param name="starts">Number of points that are improved.</param>
    /// <returns>Null when no candidate was welcome.</returns>
    public Configuration? Run(int spread, int starts)
    {
        var random = context.Random(5);
        var candidates = Candidates(spread, ref random);
        var values = new double[candidates.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = Value(candidates[i]);
        var pool = Choose(values, starts, ref random).Select(index => (Value: values[index], Point: candidates[index])).ToList();
        for (var i = 0; i < pool.Count; i++)
            pool[i] = Improve(pool[i].Point);
        foreach (var (_, point) in pool.OrderByDescending(entry => entry.Value))
            if (_encoding.Decode(point) is var found && context.IsWelcome(found))
                return found;

        // All of them were tried or are forbidden: the best of those that are neither.
        return Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).Select(i => _encoding.Decode(candidates[i])).FirstOrDefault(context.IsWelcome);
    }

    List<double[]> Candidates(int spread, ref RandomStream random)
    {
        var candidates = new List<double[]>();
        var sobol = new SobolSequence((long)random.NextBits(), _encoding.Dimensions);
        for (var i = 0; i < spread; i++)
            candidates.Add(features.Region is { } box ? Neighbourhood.Draw(_encoding, box.Centre, box.Width, ref random) : _encoding.Draw(sobol.Point(i)));
        // Around the best ones at all scales, in some of the coordinates.
        for (var i = 0; bestPoints.Count > 0 && i < spread / 2; i++)
        {
            var width = (features.Region?.Width ?? 1) * Math.Pow(2, -1 - (random.NextDouble() * 7));
            candidates.Add(Neighbourhood.DrawSparse(_encoding, features.Region?.Centre ?? bestPoints[i % bestPoints.Count], width, ref random));
        }

        candidates.RemoveAll(point => !context.Space.Allows(_encoding.Decode(point)));
        return candidates;
    }

    /// <summary>
    /// The best of many points that differ from the best trial along one axis only, and there by far: finds the other basin of functions that are nearly sums,
    /// which no gradient leads to.
    /// </summary>
    public Configuration? RunAlongAxis(int axis, int spread)
    {
        var random = context.Random(5);
        var (best, largest) = (default(Configuration), double.NegativeInfinity);
        for (var i = 0; i < spread; i++)
        {
            var point = (double[])bestPoints[0].Clone();
            if (double.IsNaN(point[axis]))
                return null;
            point[axis] = _encoding.Axes[axis].Draw(random.NextDouble());
            if (_encoding.Axes[axis].Kind == AxisKind.Continuous && Math.Abs(point[axis] - bestPoints[0][axis]) < FarAlongAxis)
                continue;
            _encoding.Repair(point);
            if (Value(point) is var value && value > largest && _encoding.Decode(point) is var configuration && context.IsWelcome(configuration))
                (best, largest) = (configuration, value);
        }

        return best;
    }

    /// <summary>The best one, and others with probabilities that grow with their value.</summary>
    static HashSet<int> Choose(double[] values, int starts, ref RandomStream random)
    {
        var chosen = new HashSet<int>();
        if (values.Length == 0)
            return chosen;
        var order = Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).ToArray();
        foreach (var index in order.Take(Math.Max(1, starts / 2)))
            chosen.Add(index);
        var weights = values.Select(value => Math.Exp(value - values[order[0]])).ToArray();
        var total = weights.Sum();
        for (var draw = 0; draw < 4 * starts && chosen.Count < starts; draw++)
        {
            var target = random.NextDouble() * total;
            var index = 0;
            while (index < weights.Length - 1 && (target -= weights[index]) > 0)
                index++;
            chosen.Add(index);
        }

        return chosen;
    }

    double Value(double[] point) => acquisition.Evaluate(features.Of(point), []);

    (double Value, double[] Point) Improve(double[] point)
    {
        point = (double[])point.Clone();
        var value = Value(point);
        for (var round = 0; round < Rounds; round++)
        {
            var before = value;
            value = Climb(point, value);
            var changed = Exchange(point, ref value);
            if (!changed || value - before < 1e-6)
                break;
        }

        return (value, point);
    }

    /// <summary>Along the gradient of the continuous coordinates.</summary>
    double Climb(double[] point, double value)
    {
        var free = Enumerable.Range(0, point.Length).Where(axis => IsContinuous(axis) && !double.IsNaN(point[axis])).ToArray();
        if (free.Length == 0)
            return value;
        var here = features.Of(point);
        var full = new double[point.Length];
        var start = free.Select(axis => here[axis]).ToArray();
        var lower = free.Select(axis => features.Bounds(axis).Low).ToArray();
        var upper = free.Select(axis => features.Bounds(axis).High).ToArray();
        BoxMinimizer.Minimize(
            (at, gradient) =>
            {
                for (var i = 0; i < free.Length; i++)
                    here[free[i]] = at[i];
                var result = acquisition.Evaluate(here, full);
                for (var i = 0; i < free.Length; i++)
                    gradient[i] = -full[free[i]];
                return -result;
            },
            start,
            lower,
            upper,
            60,
            1e-3);

        var moved = (double[])point.Clone();
        for (var i = 0; i < free.Length; i++)
            moved[free[i]] = _encoding.Axes[free[i]].Snap(features.Unscale(free[i], start[i]));
        var reached = Value(moved);
        if (!(reached > value) || !context.Space.Allows(_encoding.Decode(moved)))
            return value;
        moved.CopyTo(point, 0);
        return reached;
    }

    /// <summary>One discrete coordinate after the other takes the best of its values.</summary>
    bool Exchange(double[] point, ref double value)
    {
        var changed = false;
        for (var axis = 0; axis < point.Length; axis++)
        {
            if (double.IsNaN(point[axis]) || _encoding.Axes[axis].Kind == AxisKind.Continuous)
                continue;
            foreach (var level in Neighbours(_encoding.Axes[axis], point[axis]))
            {
                var other = (double[])point.Clone();
                other[axis] = _encoding.Axes[axis].LevelCoordinate(level);
                _encoding.Repair(other);
                var found = Value(other);
                if (found <= value || !context.Space.Allows(_encoding.Decode(other)))
                    continue;
                value = found;
                other.CopyTo(point, 0);
                changed = true;
            }
        }

        return changed;
    }

    static IEnumerable<int> Neighbours(Axis axis, double coordinate)
    {
        var here = axis.Level(coordinate);
        if (axis.Kind == AxisKind.Categorical || axis.Count <= FewLevels)
            return Enumerable.Range(0, axis.Count).Where(level => level != here);
        return new[] { -8, -4, -2, -1, 1, 2, 4, 8 }.Select(step => here + step).Where(level => level >= 0 && level < axis.Count);
    }

    bool IsContinuous(int axis) =>
        _encoding.Axes[axis].Kind == AxisKind.Continuous || (_encoding.Axes[axis].Kind == AxisKind.Ordered && _encoding.Axes[axis].Count > FewLevels);
}
