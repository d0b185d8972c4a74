namespace CompressTasks.Tuning;

/// <summary>Bagged regression trees (Breiman 2001), as a surrogate that needs no assumptions on the objective.</summary>
sealed class RandomForest
{
    const int TreeCount = 24;

    readonly List<(RegressionTree Tree, HashSet<int> Rows)> _trees = [];
    readonly double[][] _points;
    readonly double[] _targets;

    public RandomForest(double[][] points, double[] targets, bool[] choices, long seed)
    {
        _points = points;
        _targets = targets;
        for (var tree = 0; tree < TreeCount; tree++)
        {
            var random = new RandomStream(seed, tree, 10);
            var rows = new int[points.Length];
            for (var i = 0; i < rows.Length; i++)
                rows[i] = random.Next(points.Length);
            _trees.Add((RegressionTree.Grow(points, targets, rows, choices, ref random), [.. rows]));
        }
    }

    public IEnumerable<RegressionTree> Trees => _trees.Select(pair => pair.Tree);

    public double Predict(double[] point) => _trees.Average(pair => pair.Tree.Predict(point));

    /// <summary>Mean squared error over the rows that a tree did not see, with one axis shuffled; -1 shuffles none.</summary>
    public double Error(int shuffled, long seed)
    {
        var (sum, count) = (0.0, 0);
        for (var tree = 0; tree < _trees.Count; tree++)
        {
            var unseen = Enumerable.Range(0, _points.Length).Where(row => !_trees[tree].Rows.Contains(row)).ToArray();
            var sources = (int[])unseen.Clone();
            if (shuffled >= 0)
                new RandomStream(seed, tree, 11).Shuffle<int>(sources);
            for (var i = 0; i < unseen.Length; i++)
            {
                var point = (double[])_points[unseen[i]].Clone();
                if (shuffled >= 0)
                    point[shuffled] = _points[sources[i]][shuffled];
                var error = _trees[tree].Tree.Predict(point) - _targets[unseen[i]];
                sum += error * error;
                count++;
            }
        }

        return count == 0 ? 0 : sum / count;
    }
}
