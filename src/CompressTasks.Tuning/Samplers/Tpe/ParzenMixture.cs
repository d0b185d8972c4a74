using System.Numerics;
using System.Numerics.Tensors;

namespace CompressTasks.Tuning;

/// <summary>
/// A density over some axes: a weighted mixture of products of one kernel per axis, one component per trial and one for the belief before any trial.
/// Numbers have normal kernels cut off at [0, 1], whose width is the larger gap to the neighbours along the axis; ordered values have the kernel's mass
/// in their cell; choices have all weight on the observed one but for the prior's share. (Bergstra et al. 2011; Falkner et al. 2018; Watanabe 2023.)
/// </summary>
sealed class ParzenMixture
{
    const int FewMembers = 8;

    readonly SpaceEncoding _encoding;
    readonly int[] _axes;
    readonly int _components;
    readonly double[] _logWeights;
    readonly double[] _cumulative;
    readonly double[][] _means;
    readonly double[][] _deviations;
    readonly double[][] _logMasses;
    readonly CellKernels?[] _cells;
    readonly double[]?[][] _choices;

    /// <param name="members">Trials in the order of the weights; the belief comes last.</param>
    /// <param name="componentOf">For every trial its place among the members, or -1.</param>
    /// <param name="weights">One per member and one for the belief, not normalised.</param>
    /// <param name="narrowest">The least width of a kernel as a share of the range.</param>
    public ParzenMixture(History history, int[] axes, IReadOnlyList<int> members, int[] componentOf, ReadOnlySpan<double> weights, double narrowest)
    {
        _encoding = history.Encoding;
        _axes = axes;
        _components = members.Count + 1;
        _logWeights = new double[_components];
        _cumulative = new double[_components];
        var total = TensorPrimitives.Sum(weights);
        var sum = 0.0;
        for (var component = 0; component < _components; component++)
        {
            _logWeights[component] = Math.Log(weights[component] / total);
            _cumulative[component] = sum += weights[component] / total;
        }

        _means = new double[axes.Length][];
        _deviations = new double[axes.Length][];
        _logMasses = new double[axes.Length][];
        _cells = new CellKernels?[axes.Length];
        _choices = [.. axes.Select(axis => new double[]?[_encoding.Axes[axis].Kind == AxisKind.Categorical ? _encoding.Axes[axis].Count : 0])];
        for (var column = 0; column < axes.Length; column++)
            Fit(history, column, members, componentOf, narrowest);
    }

    /// <summary>Fills the axes of this mixture; those before them that decide which of them exist are filled already.</summary>
    /// <param name="crossed">Whether every axis takes a component of its own, as if they were independent.</param>
    public void Draw(Span<double> point, ref RandomStream random, bool crossed = false)
    {
        var component = Component(random.NextDouble());
        for (var column = 0; column < _axes.Length; column++)
        {
            if (crossed)
                component = Component(random.NextDouble());
            var axis = _axes[column];
            var draw = random.NextDouble();
            point[axis] = _encoding.Exists(axis, point) ? Draw(column, component, draw) : double.NaN;
        }
    }

    /// <summary>Adds the logarithm of the density at each point.</summary>
    public void AddLogDensities(double[][] points, Span<double> target, double sign)
    {
        var terms = new double[_components];
        for (var candidate = 0; candidate < points.Length; candidate++)
        {
            _logWeights.CopyTo(terms, 0);
            for (var column = 0; column < _axes.Length; column++)
            {
                var coordinate = points[candidate][_axes[column]];
                if (!double.IsNaN(coordinate))
                    AddLogKernels(column, coordinate, terms);
            }

            target[candidate] += sign * LogSumExp(terms);
        }
    }

    int Component(double uniform)
    {
        var component = 0;
        while (component < _components - 1 && _cumulative[component] < uniform)
            component++;
        return component;
    }

    static double LogSumExp(Span<double> terms)
    {
        var largest = TensorPrimitives.Max<double>(terms);
        TensorPrimitives.Subtract(terms, largest, terms);
        // Underflow would leave the vectorised path.
        TensorPrimitives.Max(terms, -700, terms);
        TensorPrimitives.Exp(terms, terms);
        return largest + Math.Log(TensorPrimitives.Sum<double>(terms));
    }

    void Fit(History history, int column, IReadOnlyList<int> members, int[] componentOf, double narrowest)
    {
        var axis = _encoding.Axes[_axes[column]];
        var means = _means[column] = new double[_components];
        if (axis.Kind == AxisKind.Categorical)
        {
            for (var component = 0; component < members.Count; component++)
                means[component] = history.Observations[members[component]].Point![_axes[column]];
            means[^1] = double.NaN;
            return;
        }

        var deviations = _deviations[column] = new double[_components];
        Array.Fill(means, axis.PriorMean);
        Array.Fill(deviations, axis.PriorDeviation);
        SetWidths(history, column, members, componentOf, narrowest, means, deviations);
        if (axis.Kind == AxisKind.Continuous)
            Normalise(column, means, deviations);
        else
            _cells[column] = new(axis, means, deviations);
    }

    /// <summary>The members (and perhaps others) that have a coordinate, in ascending order of it. Few are sorted faster than found among all.</summary>
    static IEnumerable<int> InOrder(History history, int axis, IReadOnlyList<int> members)
    {
        if (members.Count > history.Observations.Count / FewMembers)
            return history.Orders[axis];
        var present = members.Where(number => !double.IsNaN(history.Observations[number].Point![axis])).ToArray();
        Array.Sort([.. present.Select(number => history.Observations[number].Point![axis])], present);
        return present;
    }

    void SetWidths(History history, int column, IReadOnlyList<int> members, int[] componentOf, double narrowest, double[] means, double[] deviations)
    {
        var axis = _axes[column];
        var (before, beforeThat) = (-1, double.NaN);
        var first = true;
        var priorPending = true;
        var priorMean = _encoding.Axes[axis].PriorMean;
        foreach (var number in InOrder(history, axis, members))
        {
            var component = componentOf[number];
            if (component < 0)
                continue;
            var coordinate = history.Observations[number].Point![axis];
            if (priorPending && priorMean < coordinate)
            {
                Step(_components - 1, priorMean);
                priorPending = false;
            }

            Step(component, coordinate);
        }

        if (priorPending)
            Step(_components - 1, priorMean);
        if (before >= 0 && before != _components - 1)
            deviations[before] = Math.Clamp(first ? 1 : means[before] - beforeThat, narrowest, 1);
        deviations[^1] = _encoding.Axes[axis].PriorDeviation;

        // Settles the width of the kernel before this one: its gaps to both sides, to the inside only at the outermost.
        void Step(int component, double coordinate)
        {
            means[component] = coordinate;
            if (before >= 0)
            {
                var right = coordinate - means[before];
                deviations[before] = Math.Clamp(first ? right : Math.Max(right, means[before] - beforeThat), narrowest, 1);
                beforeThat = means[before];
                first = false;
            }

            before = component;
        }
    }

    void Normalise(int column, double[] means, double[] deviations)
    {
        var logMasses = _logMasses[column] = new double[_components];
        TensorPrimitives.Log(deviations, logMasses);
        TensorPrimitives.Add(logMasses, Normal.LogSqrtTwoPi, logMasses);
        for (var component = 0; component < _components; component++)
        {
            var (mean, deviation) = (means[component], deviations[component]);
            if (Math.Min(mean, 1 - mean) < 8.3 * deviation)
                logMasses[component] += Normal.LogMass(-mean / deviation, (1 - mean) / deviation);
        }

        // From here on the inverse is what is needed.
        TensorPrimitives.Reciprocal(deviations, deviations);
    }

    double Draw(int column, int component, double uniform)
    {
        var axis = _encoding.Axes[_axes[column]];
        var mean = _means[column][component];
        if (axis.Kind == AxisKind.Categorical)
        {
            var spread = 1.0 / _components;
            var total = 1 + (axis.Count * spread);
            if (double.IsNaN(mean))
                return Math.Min(axis.Count - 1, (int)(uniform * axis.Count));
            return uniform < 1 / total ? mean : Math.Min(axis.Count - 1, (int)(((uniform * total) - 1) / spread));
        }

        var deviation = axis.Kind == AxisKind.Continuous ? 1 / _deviations[column][component] : _deviations[column][component];
        return axis.Snap(Normal.TruncatedQuantile(uniform, mean, deviation, 0, 1));
    }

    void AddLogKernels(int column, double coordinate, double[] terms)
    {
        var axis = _encoding.Axes[_axes[column]];
        switch (axis.Kind)
        {
            case AxisKind.Continuous:
                AddNormal(coordinate, _means[column], _deviations[column], _logMasses[column], terms);
                break;
            case AxisKind.Ordered:
                _cells[column]!.Add(axis.Level(coordinate), terms);
                break;
            default:
                AddChoices(column, (int)coordinate, terms);
                break;
        }
    }

    static void AddNormal(double coordinate, double[] means, double[] inverses, double[] logMasses, double[] terms)
    {
        var component = 0;
        var here = new Vector<double>(coordinate);
        var half = new Vector<double>(0.5);
        for (; component <= terms.Length - Vector<double>.Count; component += Vector<double>.Count)
        {
            var z = (here - new Vector<double>(means, component)) * new Vector<double>(inverses, component);
            (new Vector<double>(terms, component) - (half * z * z) - new Vector<double>(logMasses, component)).CopyTo(terms, component);
        }

        for (; component < terms.Length; component++)
        {
            var z = (coordinate - means[component]) * inverses[component];
            terms[component] -= (0.5 * z * z) + logMasses[component];
        }
    }

    /// <summary>Computed once for each choice: all weight on the observed one but for the belief's share.</summary>
    void AddChoices(int column, int choice, double[] terms)
    {
        if (_choices[column][choice] is not { } known)
        {
            known = _choices[column][choice] = new double[_components];
            var count = _choices[column].Length;
            var spread = 1.0 / _components;
            var total = Math.Log(1 + (count * spread));
            var (hit, miss, unknown) = (Math.Log(1 + spread) - total, Math.Log(spread) - total, -Math.Log(count));
            var observed = _means[column];
            for (var component = 0; component < known.Length; component++)
                known[component] = observed[component] == choice ? hit : double.IsNaN(observed[component]) ? unknown : miss;
        }

        TensorPrimitives.Add(terms, known, terms);
    }
}
