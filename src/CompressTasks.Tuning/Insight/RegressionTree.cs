namespace CompressTasks.Tuning;

/// <summary>
/// A regression tree over coordinates: numbers are split at a threshold, choices into one and the others. It is grown from whole points; what is missing from one
/// that it predicts for goes both ways.
/// </summary>
sealed class RegressionTree
{
    const int LeastLeaf = 2;

    readonly List<Node> _nodes = [];

    /// <param name="LeftShare">Of the rows that it was grown from.</param>
    readonly record struct Node(int Axis, double Threshold, bool IsChoice, int Left, int Right, double LeftShare, double Value);

    /// <param name="Low">Per axis the interval of a number.</param>
    /// <param name="Excluded">Per axis the choices that do not lead here; with <paramref name="Only"/> the one that does.</param>
    public sealed record Leaf(double[] Low, double[] High, double?[] Only, HashSet<double>?[] Excluded, double Value)
    {
        public bool Contains(Axis axis, int index, double at) => axis.Kind == AxisKind.Categorical
            ? (Only[index] is not { } only || only == at) && Excluded[index]?.Contains(at) != true
            : Low[index] < at && at <= High[index];

        /// <summary>The share of an axis that it covers.</summary>
        public double Extent(Axis axis, int index)
        {
            if (axis.Kind != AxisKind.Categorical)
                return Math.Max(0, High[index] - Low[index]);
            if (Only[index] is { } only)
                return Excluded[index]?.Contains(only) == true ? 0 : 1.0 / axis.Count;
            return 1 - ((Excluded[index]?.Count ?? 0) / (double)axis.Count);
        }
    }

    /// <summary>What a tree is grown from.</summary>
    /// <param name="Points">Whole ones.</param>
    /// <param name="Known">What they were made of: not a number where the parameter was missing.</param>
    /// <param name="Choices">Whether an axis is a choice.</param>
    /// <param name="Presences">One per axis.</param>
    public sealed record Sample(double[][] Points, double[][] Known, double[] Targets, bool[] Choices, Presence[] Presences);

    public static RegressionTree Grow(Sample sample, int[] rows, ref RandomStream random)
    {
        var tree = new RegressionTree();
        tree.Add(sample, rows, ref random, 0);
        return tree;
    }

    /// <param name="point">What is missing is not a number.</param>
    public double Predict(double[] point) => Predict(0, point);

    /// <summary>The leaves as boxes.</summary>
    public List<Leaf> Leaves(int axes)
    {
        var leaves = new List<Leaf>();
        var low = new double[axes];
        var high = new double[axes];
        Array.Fill(high, 1);
        Collect(0, new(low, high, new double?[axes], new HashSet<double>?[axes], 0), leaves);
        return leaves;
    }

    double Predict(int index, double[] point)
    {
        var node = _nodes[index];
        if (node.Axis < 0)
            return node.Value;
        if (!double.IsNaN(point[node.Axis]))
            return Predict(GoesLeft(node, point[node.Axis]) ? node.Left : node.Right, point);
        return (node.LeftShare * Predict(node.Left, point)) + ((1 - node.LeftShare) * Predict(node.Right, point));
    }

    static bool GoesLeft(in Node node, double coordinate) => node.IsChoice ? coordinate == node.Threshold : coordinate <= node.Threshold;

    int Add(Sample sample, int[] rows, ref RandomStream random, int depth)
    {
        var at = _nodes.Count;
        var mean = rows.Average(row => sample.Targets[row]);
        _nodes.Add(new(-1, 0, false, 0, 0, 0, mean));
        if (rows.Length < 2 * LeastLeaf || depth > 40 || Split(sample, rows, ref random) is not { } split)
            return at;
        var node = new Node(split.Axis, split.Threshold, sample.Choices[split.Axis], 0, 0, 0, mean);
        var left = rows.Where(row => GoesLeft(node, sample.Points[row][node.Axis])).ToArray();
        var right = rows.Where(row => !GoesLeft(node, sample.Points[row][node.Axis])).ToArray();
        var leftNode = Add(sample, left, ref random, depth + 1);
        var rightNode = Add(sample, right, ref random, depth + 1);
        _nodes[at] = node with { Left = leftNode, Right = rightNode, LeftShare = left.Length / (double)rows.Length };
        return at;
    }

    /// <summary>
    /// The split that lowers the squared error most, among most of the axes; null when none does. Where some rows lack the best one's parameter, those are split
    /// off first, by its parents.
    /// </summary>
    static (int Axis, double Threshold)? Split(Sample sample, int[] rows, ref RandomStream random)
    {
        (int, double)? best = null;
        var (points, targets, choices) = (sample.Points, sample.Targets, sample.Choices);
        var total = rows.Sum(row => targets[row]);
        var usual = total * total / rows.Length;
        var bestGain = usual * (1 + 1e-12) + 1e-12;
        for (var axis = 0; axis < choices.Length; axis++)
        {
            if (random.NextDouble() < 0.2 && choices.Length > 1)
                continue;
            var at = axis;
            var border = rows.Any(row => double.IsNaN(sample.Known[row][at])) ? sample.Presences[axis].Border(points, rows, LeastLeaf) : null;
            var having = border is null ? rows : [.. rows.Where(row => !double.IsNaN(sample.Known[row][at]))];
            var all = border is null ? total : having.Sum(row => targets[row]);
            var others = border is null ? 0 : usual - (all * all / having.Length);
            var sorted = having.Select(row => (Coordinate: points[row][at], Target: targets[row])).OrderBy(pair => pair.Coordinate).ToArray();
            var (count, sum) = (0, 0.0);
            for (var i = 0; i < sorted.Length - 1; i++)
            {
                count++;
                sum += sorted[i].Target;
                if (sorted[i].Coordinate == sorted[i + 1].Coordinate)
                    continue;
                if (count >= LeastLeaf && sorted.Length - count >= LeastLeaf)
                {
                    var gain = (sum * sum / count) + ((all - sum) * (all - sum) / (sorted.Length - count)) + others;
                    if (gain > bestGain)
                    {
                        bestGain = gain;
                        best = border ?? (axis, choices[axis] ? sorted[i].Coordinate : (sorted[i].Coordinate + sorted[i + 1].Coordinate) / 2);
                    }
                }

                if (choices[axis])
                    (count, sum) = (0, 0);
            }
        }

        return best;
    }

    void Collect(int index, Leaf box, List<Leaf> leaves)
    {
        var node = _nodes[index];
        if (node.Axis < 0)
        {
            leaves.Add(box with { Value = node.Value });
            return;
        }

        if (node.IsChoice)
        {
            var only = (double?[])box.Only.Clone();
            only[node.Axis] = node.Threshold;
            Collect(node.Left, box with { Only = only }, leaves);
            var excluded = (HashSet<double>?[])box.Excluded.Clone();
            excluded[node.Axis] = [.. excluded[node.Axis] ?? [], node.Threshold];
            Collect(node.Right, box with { Excluded = excluded }, leaves);
            return;
        }

        var high = (double[])box.High.Clone();
        high[node.Axis] = Math.Min(high[node.Axis], node.Threshold);
        Collect(node.Left, box with { High = high }, leaves);
        var low = (double[])box.Low.Clone();
        low[node.Axis] = Math.Max(low[node.Axis], node.Threshold);
        Collect(node.Right, box with { Low = low }, leaves);
    }
}
