using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>A trial as samplers see it.</summary>
/// <param name="Point">Its coordinates; null when it lies outside the present space.</param>
/// <param name="Losses">One per objective, the smaller the better; empty when nothing is known.</param>
sealed record Observation(TrialRecord Trial, double[]? Point, double[] Losses)
{
    public bool IsRunning => Trial.State is TrialState.Running or TrialState.Waiting;
}

/// <summary>
/// The trials of a study as points of its present space, in the order of their numbers. Where trials went past an extendable border the ranges here are
/// widened to hold them.
/// </summary>
sealed class History(SearchSpace space, ImmutableArray<Objective> objectives)
{
    readonly List<Observation> _observations = [];
    readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    readonly Dictionary<int, Configuration?> _fitting = [];
    List<int>[]? _orders;

    public SpaceEncoding Encoding { get; private set; } = new(space);

    public ImmutableArray<Objective> Objectives => objectives;

    public IReadOnlyList<Observation> Observations => _observations;

    public int FinishedCount { get; private set; }

    /// <summary>Changes with every update, so that samplers know what they computed last is old.</summary>
    public long Version { get; private set; }

    /// <summary>Changes when ranges were widened and all points with them.</summary>
    public int EncodingVersion { get; private set; }

    public bool Contains(Configuration configuration) => _numbers.ContainsKey(configuration.Key);

    /// <summary>For every axis the observations that have a coordinate there, in ascending order of it.</summary>
    public IReadOnlyList<List<int>> Orders => _orders ??= MakeOrders();

    /// <exception cref="TuningException">A trial between was left out.</exception>
    public void Update(TrialRecord record)
    {
        if (record.Number > _observations.Count)
            throw new TuningException(TuningException.Storage, $"The storage told trial {record.Number} where trial {_observations.Count} is the next.");
        Version++;
        if (record.Number < _observations.Count)
        {
            var known = _observations[record.Number];
            FinishedCount += (record.IsFinished ? 1 : 0) - (known.Trial.IsFinished ? 1 : 0);
            _observations[record.Number] = known with { Trial = record, Losses = Losses(record) };
            if (!known.Trial.Configuration.Equals(record.Configuration))
                Move(record, known.Trial.Configuration);
            return;
        }

        Widen(record.Configuration);
        _observations.Add(new(record, Encoding.Encode(record.Configuration), Losses(record)));
        _numbers.TryAdd(record.Configuration.Key, record.Number);
        FinishedCount += record.IsFinished ? 1 : 0;
        if (_orders is not null)
            Insert(_orders, record.Number);
    }

    /// <summary>A waiting trial was adapted to the space when it was handed out.</summary>
    void Move(TrialRecord record, Configuration before)
    {
        if (_numbers.TryGetValue(before.Key, out var number) && number == record.Number)
            _numbers.Remove(before.Key);
        _numbers.TryAdd(record.Configuration.Key, record.Number);
        _fitting.Remove(record.Number);
        Widen(record.Configuration);
        _observations[record.Number] = _observations[record.Number] with { Point = Encoding.Encode(record.Configuration) };
        _orders = null;
    }

    /// <summary>The finished trial with this configuration, or null.</summary>
    public TrialRecord? Find(Configuration configuration) => _numbers.TryGetValue(configuration.Key, out var number) ? _observations[number].Trial : null;

    /// <summary>A trial's configuration in the declared space (see <see cref="SpaceFit"/>); null where it does not lie there. Looked at once: constraints may be slow.</summary>
    public Configuration? Fitting(int number)
    {
        if (!_fitting.TryGetValue(number, out var fitting))
            _fitting[number] = fitting = SpaceFit.Adapt(space, _observations[number].Trial.Configuration);
        return fitting;
    }

    /// <summary>Whether a trial satisfies the measured constraints and the known ones as they are now, which may have come after it.</summary>
    public bool IsFeasible(TrialRecord trial) => trial.IsFeasible && Fitting(trial.Number) is not null;

    double[] Losses(TrialRecord record) => [.. record.Values.Select((value, index) => objectives[index].Loss(value))];

    void Widen(Configuration configuration)
    {
        var widened = Encoding.Space.Parameters;
        foreach (var axis in Encoding.Axes)
        {
            if (!configuration.TryGet(axis.Parameter.Name, out var value) || axis.Holds(value) || !Axis.Of(axis.Parameter, extended: true).Holds(value))
                continue;
            Parameter wider = axis.Parameter switch
            {
                FloatParameter real => real with { Low = Math.Min(real.Low, value.Number), High = Math.Max(real.High, value.Number) },
                IntParameter whole => whole with { Low = Math.Min(whole.Low, (long)value.Number), High = Math.Max(whole.High, (long)value.Number) },
                _ => axis.Parameter,
            };
            widened = widened.Replace(axis.Parameter, wider);
        }

        if (widened == Encoding.Space.Parameters)
            return;
        Encoding = new(new(widened, Encoding.Space.Constraints));
        EncodingVersion++;
        _orders = null;
        for (var i = 0; i < _observations.Count; i++)
            _observations[i] = _observations[i] with { Point = Encoding.Encode(_observations[i].Trial.Configuration) };
    }

    List<int>[] MakeOrders()
    {
        var orders = new List<int>[Encoding.Dimensions];
        for (var axis = 0; axis < orders.Length; axis++)
        {
            var at = axis;
            orders[axis] =
            [
                .. Enumerable.Range(0, _observations.Count)
                    .Where(number => _observations[number].Point is { } point && !double.IsNaN(point[at]))
                    .OrderBy(number => _observations[number].Point![at])
                    .ThenBy(number => number),
            ];
        }

        return orders;
    }

    void Insert(List<int>[] orders, int number)
    {
        if (_observations[number].Point is not { } point)
            return;
        for (var axis = 0; axis < orders.Length; axis++)
        {
            if (double.IsNaN(point[axis]))
                continue;
            // After the equal ones, so that ties stay in the order of their numbers.
            var (from, to) = (0, orders[axis].Count);
            while (from < to)
            {
                var middle = (from + to) / 2;
                if (_observations[orders[axis][middle]].Point![axis] <= point[axis])
                    from = middle + 1;
                else
                    to = middle;
            }

            orders[axis].Insert(from, number);
        }
    }
}
