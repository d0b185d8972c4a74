namespace CompressTasks.Tuning;

/// <summary>What the coordinate of a parameter means to samplers.</summary>
enum AxisKind
{
    /// <summary>Any number in [0, 1] of the search scale.</summary>
    Continuous,

    /// <summary>The middles of cells that fill [0, 1] in order.</summary>
    Ordered,

    /// <summary>The index of a choice, 0 to Count - 1, without an order.</summary>
    Categorical,
}

/// <summary>
/// One parameter as a coordinate. Numbers lie in [0, 1] of the search scale (logarithmic or not). Whole and stepped ones own a cell each, half a step to
/// both sides, so that the outermost values are as likely as the others. Choices are indices.
/// </summary>
sealed class Axis
{
    /// <summary>A share of a step by which a value may miss a declared end through rounding.</summary>
    const double Rounding = 1e-9;

    readonly double _low;
    readonly double _high;
    readonly double _step;
    readonly double _from;
    readonly double _range;
    readonly bool _logarithmic;
    readonly ParameterValue[] _choices;

    Axis(Parameter parameter, AxisKind kind, int count, double low, double high, double step, bool logarithmic, ParameterValue[] choices)
    {
        Parameter = parameter;
        Kind = kind;
        Count = count;
        _low = low;
        _high = high;
        _step = step;
        _logarithmic = logarithmic;
        _choices = choices;
        var padding = kind == AxisKind.Ordered ? step / 2 : 0;
        _from = Scaled(low - padding);
        _range = Scaled(high + padding) - _from;
        (PriorMean, PriorDeviation) = Prior();
    }

    public Parameter Parameter { get; }

    public AxisKind Kind { get; }

    /// <summary>Number of values; 0 when continuous.</summary>
    public int Count { get; }

    /// <summary>Mean of the belief before any trial, in coordinates.</summary>
    public double PriorMean { get; }

    /// <summary>Standard deviation of the belief before any trial, in coordinates.</summary>
    public double PriorDeviation { get; }

    /// <summary>Whether the belief is a declared normal distribution and not uniform.</summary>
    public bool HasNormalPrior => Parameter is FloatParameter { Prior: not null };

    /// <summary>Whether only one value is possible.</summary>
    public bool IsFixed => Count == 1 || (Kind == AxisKind.Continuous && _range <= 0);

    public static Axis Of(Parameter parameter, bool extended = false)
    {
        switch (parameter)
        {
            case FloatParameter real:
                var low = extended ? real.Lowest ?? real.Low : real.Low;
                var high = extended ? real.Highest ?? real.High : real.High;
                if (real.Step is not { } step)
                    return new(parameter, AxisKind.Continuous, 0, low, high, 0, real.Logarithmic, []);
                low = real.Low - (Math.Floor((real.Low - low) / step + Rounding) * step);
                var levels = (int)Math.Min(int.MaxValue - 1, Math.Floor((high - low) / step + Rounding)) + 1;
                return new(parameter, AxisKind.Ordered, levels, low, low + ((levels - 1) * step), step, false, []);
            case IntParameter whole:
                var first = extended ? whole.Lowest ?? whole.Low : whole.Low;
                var last = extended ? whole.Highest ?? whole.High : whole.High;
                first = whole.Low - ((whole.Low - first) / whole.Step * whole.Step);
                var count = (int)Math.Min(int.MaxValue - 1, (last - first) / whole.Step) + 1;
                return new(parameter, AxisKind.Ordered, count, first, first + ((count - 1) * (double)whole.Step), whole.Step, whole.Logarithmic, []);
            case CategoricalParameter choice:
                return new(parameter, AxisKind.Categorical, choice.Choices.Length, 0, 1, 1, false, [.. choice.Choices]);
            default:
                return new(parameter, AxisKind.Categorical, 2, 0, 1, 1, false, [false, true]);
        }
    }

    /// <summary>Whether the value is one of this axis.</summary>
    public bool Holds(ParameterValue value)
    {
        if (Kind == AxisKind.Categorical)
            return Array.IndexOf(_choices, value) >= 0;
        if (!value.IsNumber || !double.IsFinite(value.Number) || (_logarithmic && value.Number <= 0))
            return false;
        if (Kind == AxisKind.Continuous)
        {
            var coordinate = Coordinate(value);
            return coordinate is >= -1e-12 and <= 1 + 1e-12;
        }

        var level = (value.Number - _low) / _step;
        return level > -0.5 && level < Count - 0.5 && Math.Abs(level - Math.Round(level)) < 1e-6;
    }

    /// <summary>The coordinate of a value that this axis holds.</summary>
    public double Coordinate(ParameterValue value) => Kind == AxisKind.Categorical
        ? Array.IndexOf(_choices, value)
        : _range > 0 ? (Scaled(value.Number) - _from) / _range : 0.5;

    /// <summary>The value nearest to a coordinate.</summary>
    public ParameterValue Value(double coordinate)
    {
        if (Kind == AxisKind.Categorical)
            return _choices[(int)coordinate];
        if (Kind == AxisKind.Ordered)
            return LevelValue(Level(coordinate));
        return Math.Clamp(Number(Math.Clamp(coordinate, 0, 1)), _low, _high);
    }

    /// <summary>As <see cref="Value"/>, but past the ends of the range as far as the parameter may be extended.</summary>
    public ParameterValue ValueBeyond(double coordinate)
    {
        if (coordinate is >= 0 and <= 1 || Kind == AxisKind.Categorical)
            return Value(coordinate);
        var (lowest, highest) = Parameter switch
        {
            FloatParameter real => (real.Lowest ?? real.Low, real.Highest ?? real.High),
            IntParameter whole => (whole.Lowest ?? whole.Low, whole.Highest ?? (double)whole.High),
            _ => (0, 1),
        };
        if (Kind == AxisKind.Continuous)
            return coordinate <= Coordinate(lowest) ? lowest : coordinate >= Coordinate(highest) ? highest : Math.Clamp(Number(coordinate), lowest, highest);
        var level = Math.Round((Number(coordinate) - _low) / _step);
        level = Math.Clamp(level, Math.Ceiling(((lowest - _low) / _step) - Rounding), Math.Floor(((highest - _low) / _step) + Rounding));
        return LevelValue((int)level);
    }

    /// <summary>The index of the cell in which a coordinate lies.</summary>
    public int Level(double coordinate)
    {
        if (Kind == AxisKind.Categorical)
            return (int)coordinate;
        var within = Math.Clamp(coordinate, 0, 1);
        var level = _logarithmic ? Math.Round(Math.Exp(_from + (within * _range)) - _low) : Math.Floor(within * Count);
        return (int)Math.Clamp(level, 0, Count - 1);
    }

    /// <summary>The coordinate of the value at an index.</summary>
    public double LevelCoordinate(int level) => Kind == AxisKind.Categorical
        ? level
        : _logarithmic ? (Scaled(_low + level) - _from) / _range : (level + 0.5) / Count;

    /// <summary>The coordinate of the nearest value.</summary>
    public double Snap(double coordinate) => Kind switch
    {
        AxisKind.Continuous => Math.Clamp(coordinate, 0, 1),
        AxisKind.Ordered => LevelCoordinate(Level(coordinate)),
        _ => coordinate,
    };

    /// <summary>The ends of the cell of an ordered value.</summary>
    public (double From, double To) Cell(int level)
    {
        if (!_logarithmic)
            return (level / (double)Count, (level + 1) / (double)Count);
        var value = _low + level;
        return ((Scaled(value - 0.5) - _from) / _range, (Scaled(value + 0.5) - _from) / _range);
    }

    /// <summary>The coordinate that belongs to a number drawn uniformly from [0, 1), by the declared belief.</summary>
    public double Draw(double uniform)
    {
        if (Kind == AxisKind.Categorical)
            return Math.Min(Count - 1, (int)(uniform * Count));
        if (!HasNormalPrior)
            return Snap(uniform);
        return Snap(Normal.TruncatedQuantile(uniform, PriorMean, PriorDeviation, 0, 1));
    }

    ParameterValue LevelValue(int level)
    {
        var number = _low + (level * _step);
        // Decimal arithmetic, so that 0 + 3 * 0.1 is 0.3.
        if (Math.Abs(_low) < 1e12 && _step is > 1e-12 and < 1e12 && number < 1e12)
            number = (double)((decimal)_low + (level * (decimal)_step));
        if (Parameter is not FloatParameter real)
            return number;
        ReadOnlySpan<double?> ends = [real.Low, real.High, real.Lowest, real.Highest];
        foreach (var end in ends)
            if (end is { } declared && Math.Abs(number - declared) <= Rounding * _step)
                return declared;
        return number;
    }

    /// <summary>Of a continuous parameter the declared ends where they are meant: their logarithms do not come back to the last bit.</summary>
    double Number(double coordinate)
    {
        var scaled = _from + (coordinate * _range);
        if (Kind == AxisKind.Continuous && scaled == _from)
            return _low;
        if (Kind == AxisKind.Continuous && scaled == _from + _range)
            return _high;
        return _logarithmic ? Math.Exp(scaled) : scaled;
    }

    double Scaled(double number) => _logarithmic ? Math.Log(number) : number;

    (double Mean, double Deviation) Prior()
    {
        if (Parameter is not FloatParameter { Prior: { } prior } || _range <= 0)
            return (0.5, 1);
        return ((Scaled(prior.Mean) - _from) / _range, prior.Deviation / _range);
    }
}
