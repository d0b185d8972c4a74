namespace CompressTasks.Tuning;

/// <summary>
/// A small grid around the best point, over the two axes that are coarsest and matter most. Of many parameters all are first tried on their own, four at a
/// time, to see which matter.
/// </summary>
sealed class Mesh
{
    const int AxesAtATime = 2;
    const int AxesScreenedAtATime = 4;
    const int ManyAxes = 6;
    const double LeastEffect = 0.05;
    const double Finest = 1e-6;

    readonly SpaceEncoding _encoding;
    readonly double[] _steps;
    readonly double[] _startSteps;
    readonly Queue<double[]> _basins;
    double[] _centre;
    int _centreRank;
    readonly double[] _effects;
    int[] _block = [];
    bool _screening;

    /// <param name="coarse">The trials of the first grid and those that came from elsewhere, the best first.</param>
    public Mesh(SpaceEncoding encoding, int[] levels, List<RankedPoint> coarse)
    {
        _encoding = encoding;
        // Choices that the first grid went through need no second look before the numbers have become fine.
        _startSteps =
        [
            .. levels.Select((count, axis) => encoding.Axes[axis].Kind == AxisKind.Categorical ? (count > 1 ? 0.125 : 0.5) : Math.Min(0.5 / count, 0.25)),
        ];
        _steps = (double[])_startSteps.Clone();
        (_centre, _centreRank, _) = coarse[0];
        _effects = new double[levels.Length];
        Array.Fill(_effects, double.NaN);
        for (var axis = 0; axis < levels.Length; axis++)
            if (levels[axis] > 1)
                _effects[axis] = Effect(coarse, axis);
        _basins = new(coarse.Skip(1).Select(member => member.Point).Where(point => !IsNear(point, _centre)));
    }

    /// <summary>Chooses the axes of the next round. Where the mesh has become as fine as it can, another basin of the first grid is next.</summary>
    /// <returns>False when nothing is left.</returns>
    public bool Next()
    {
        while (true)
        {
            var open = Enumerable.Range(0, _steps.Length).Where(IsOpen).ToArray();
            _screening = _steps.Length > ManyAxes && open.Any(axis => double.IsNaN(_effects[axis]));
            _block = _screening
                ? [.. open.Where(axis => double.IsNaN(_effects[axis])).Take(AxesScreenedAtATime)]
                : [.. open.OrderByDescending(Priority).ThenBy(axis => axis).Take(AxesAtATime)];
            if (_block.Length > 0)
                return true;
            if (!_basins.TryDequeue(out var basin))
                return false;
            _centre = basin;
            _centreRank = int.MaxValue;
            _startSteps.CopyTo(_steps, 0);
        }
    }

    /// <summary>All combinations over the axes of the round.</summary>
    public IEnumerable<double[]> Points()
    {
        if (_screening)
            return _block.SelectMany(axis => Around(axis).Select(coordinate => Moved(_centre, axis, coordinate)));
        var points = new List<double[]> { _centre };
        foreach (var axis in _block)
            points = [.. points.SelectMany(point => Around(axis).Select(coordinate => Moved(point, axis, coordinate)))];
        return points;
    }

    /// <summary>Moves to the best of the round, if it is better, and halves the steps of the axes that it did not move along.</summary>
    public void Learn(List<RankedPoint> members)
    {
        var best = members.Count > 0 ? members.MinBy(member => member.Rank) : new(_centre, int.MaxValue, 0);
        var moved = best.Rank < _centreRank ? best.Point : _centre;
        foreach (var axis in _block)
        {
            _effects[axis] = Effect(members, axis);
            if (moved[axis].Equals(_centre[axis]) || _encoding.Axes[axis].Kind == AxisKind.Categorical)
                _steps[axis] /= 2;
        }

        if (best.Rank < _centreRank)
            (_centre, _centreRank, _) = best;
    }

    /// <summary>How far the mean losses of an axis' values lie apart.</summary>
    static double Effect(List<RankedPoint> members, int axis)
    {
        var means = members.Where(member => double.IsFinite(member.Loss))
            .GroupBy(member => member.Point[axis], member => member.Loss)
            .Select(group => group.Average())
            .ToArray();
        return means.Length < 2 ? 0 : means.Max() - means.Min();
    }

    double Priority(int axis)
    {
        var largest = _effects.Where(double.IsFinite).DefaultIfEmpty(0).Max();
        return _steps[axis] * (double.IsNaN(_effects[axis]) || largest <= 0 ? 1 : LeastEffect + (_effects[axis] / largest));
    }

    IEnumerable<double> Around(int axis)
    {
        var here = _centre[axis];
        if (double.IsNaN(here))
            return [here];
        var kind = _encoding.Axes[axis];
        if (kind.Kind == AxisKind.Categorical)
            return Enumerable.Range(0, kind.Count).Select(index => (double)index);
        var step = kind.Kind == AxisKind.Ordered ? Math.Max(_steps[axis], 1.0 / kind.Count) : _steps[axis];
        return [here, here - step, here + step];
    }

    double[] Moved(double[] point, int axis, double coordinate)
    {
        var moved = (double[])point.Clone();
        moved[axis] = coordinate;
        if (_encoding.HasConditions || coordinate is >= 0 and <= 1)
            Settle(moved);
        else
            moved[axis] = Beyond(axis, coordinate);
        return moved;
    }

    /// <summary>Drops what does not exist under the others, and snaps what lies inside the range.</summary>
    void Settle(double[] point)
    {
        for (var axis = 0; axis < point.Length; axis++)
        {
            if (!_encoding.Exists(axis, point))
                point[axis] = double.NaN;
            else if (double.IsNaN(point[axis]))
                point[axis] = _encoding.Axes[axis].Draw(0.5);
            else
                point[axis] = Beyond(axis, point[axis]);
        }
    }

    double Beyond(int axis, double coordinate) => _encoding.Axes[axis].Coordinate(_encoding.Axes[axis].ValueBeyond(coordinate));

    bool IsOpen(int axis)
    {
        var kind = _encoding.Axes[axis];
        if (kind.IsFixed || double.IsNaN(_centre[axis]))
            return false;
        return kind.Kind switch
        {
            AxisKind.Categorical => _steps[axis] > 0.02,
            AxisKind.Ordered => _steps[axis] > 0.2 / kind.Count,
            _ => _steps[axis] > Finest,
        };
    }

    bool IsNear(double[] left, double[] right)
    {
        for (var axis = 0; axis < left.Length; axis++)
        {
            var isNear = _encoding.Axes[axis].Kind != AxisKind.Categorical && Math.Abs(left[axis] - right[axis]) < 2.1 * _startSteps[axis];
            if (!isNear && !left[axis].Equals(right[axis]))
                return false;
        }

        return true;
    }
}

/// <param name="Rank">0 for the best trial of all.</param>
/// <param name="Loss">Of the first objective; infinite when unknown.</param>
readonly record struct RankedPoint(double[] Point, int Rank, double Loss);
