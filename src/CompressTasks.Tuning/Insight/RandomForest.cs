namespace CompressTasks.Tuning;

/// <summary>
/// Bagged regression trees (Breiman 2001), as a surrogate that needs no assumptions on the objective. What a point lacks has no effect on its value: a tree splits
/// such points off by the parents, or where it cannot, sees in its place a value drawn from the points that have it, by which nothing is told.
/// </summary>
sealed class RandomForest
{
    const int TreeCount = 24;

    readonly List<(RegressionTree Tree, HashSet<int> Rows)> _trees = [];
    readonly double[][] _points;
    readonly double[] _targets;

    public RandomForest(double[][] points, double[] targets, SpaceEncoding encoding, long seed)
    {
        var choices = Features.ChoicesOf(encoding);
        Presences = [.. Enumerable.Range(0, encoding.Dimensions).Select(axis => new Presence(encoding, axis))];
        _points = points;
        _targets = targets;
        for (var tree = 0; tree < TreeCount; tree++)
        {
            var random = new RandomStream(seed, tree, 10);
            var rows = new int[points.Length];
            for (var i = 0; i < rows.Length; i++)
                rows[i] = random.Next(points.Length);
            _trees.Add((RegressionTree.Grow(new(Completed(points, tree, seed), points, targets, choices, Presences), rows, ref random), [.. rows]));
        }
    }

    /// <summary>One per axis.</summary>
    public Presence[] Presences { get; }

    public IEnumerable<RegressionTree> Trees => _trees.Select(pair => pair.Tree);

    public double Predict(double[] point) => _trees.Average(pair => pair.Tree.Predict(point));

    /// <summary>Mean squared error over the rows that a tree did not see, with one axis shuffled among those that have it; -1 shuffles none.</summary>
    public double Error(int shuffled, long seed)
    {
        var (sum, count) = (0.0, 0);
        for (var tree = 0; tree < _trees.Count; tree++)
        {
            var unseen = Enumerable.Range(0, _points.Length).Where(row => !_trees[tree].Rows.Contains(row)).ToArray();
            var sources = shuffled < 0 ? [] : unseen.Where(row => !double.IsNaN(_points[row][shuffled])).ToArray();
            new RandomStream(seed, tree, 11).Shuffle<int>(sources);
            var next = 0;
            foreach (var row in unseen)
            {
                var point = (double[])_points[row].Clone();
                if (shuffled >= 0 && !double.IsNaN(point[shuffled]))
                    point[shuffled] = _points[sources[next++]][shuffled];
                var error = _trees[tree].Tree.Predict(point) - _targets[row];
                sum += error * error;
                count++;
            }
        }

        return count == 0 ? 0 : sum / count;
    }

    static double[][] Completed(double[][] points, int tree, long seed)
    {
        var random = new RandomStream(seed, tree, 12);
        double[][] completed = [.. points.Select(point => (double[])point.Clone())];
        for (var axis = 0; axis < points[0].Length; axis++)
        {
            var known = points.Select(point => point[axis]).Where(coordinate => !double.IsNaN(coordinate)).ToArray();
            if (known.Length == points.Length)
                continue;
            foreach (var point in completed.Where(point => double.IsNaN(point[axis])))
                point[axis] = known.Length == 0 ? 0 : known[random.Next(known.Length)];
        }

        return completed;
    }
}
