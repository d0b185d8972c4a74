namespace CompressTasks.Tuning;

/// <summary>
/// A regression tree over coordinates: numbers are split at a threshold, choices into one and the others. What does not exist lies below every number and is no
/// choice.
/// </summary>
sealed class RegressionTree
{
    const int LeastLeaf = 2;
    const double Absent = -1;

    readonly List<Node> _nodes = [];

    readonly record struct Node(int Axis, double Threshold, bool IsChoice, int Left, int Right, double Value);

    /// <param name="Low">Per axis the interval of a number.</param>
    /// <param name="Excluded">Per axis the choices that do not lead here; with <paramref name="Only"/> the one that does.</param>
    public sealed record Leaf(double[] Low, double[] High, double?[] Only, HashSet<double>?[] Excluded, double Value);

    public static RegressionTree Grow(double[][] points, double[] targets, int[] rows, bool[] choices, ref RandomStream random)
    {
        var tree = new RegressionTree();
        tree.Add(points, targets, rows, choices, ref random, 0);
        return tree;
    }

    public static double[] Coordinates(double[] point) => [.. point.Select(coordinate => double.IsNaN(coordinate) ? Absent : coordinate)];

    public double Predict(double[] point)
    {
        var node = _nodes[0];
        while (node.Axis >= 0)
            node = _nodes[GoesLeft(node, point[node.Axis]) ? node.Left : node.Right];
        return node.Value;
    }

    /// <summary>The leaves as boxes.</summary>
    public List<Leaf> Leaves(int axes)
    {
        var leaves = new List<Leaf>();
        var low = new double[axes];
        var high = new double[axes];
        Array.Fill(low, Absent);
        Array.Fill(high, 1);
        Collect(0, new(low, high, new double?[axes], new HashSet<double>?[axes], 0), leaves);
        return leaves;
    }

    static bool GoesLeft(in Node node, double coordinate) => node.IsChoice ? coordinate == node.Threshold : coordinate <= node.Threshold;

    int Add(double[][] points, double[] targets, int[] rows, bool[] choices, ref RandomStream random, int depth)
    {
        var at = _nodes.Count;
        var mean = rows.Average(row => targets[row]);
        _nodes.Add(new(-1, 0, false, 0, 0, mean));
        if (rows.Length < 2 * LeastLeaf || depth > 40 || Split(points, targets, rows, choices, ref random) is not { } split)
            return at;
        var node = new Node(split.Axis, split.Threshold, choices[split.Axis], 0, 0, mean);
        var left = rows.Where(row => GoesLeft(node, points[row][node.Axis])).ToArray();
        var right = rows.Where(row => !GoesLeft(node, points[row][node.Axis])).ToArray();
        var leftNode = Add(points, targets, left, choices, ref random, depth + 1);
        var rightNode = Add(points, targets, right, choices, ref random, depth + 1);
        _nodes[at] = node with { Left = leftNode, Right = rightNode };
        return at;
    }

    /// <summary>The split that lowers the squared error most, among most of the axes; null when none does.</summary>
    static (int Axis, double Threshold)? Split(double[][] points, double[] targets, int[] rows, bool[] choices, ref RandomStream random)
    {
        (int, double)? best = null;
        var total = rows.Sum(row => targets[row]);
        var bestGain = total * total / rows.Length * (1 + 1e-12) + 1e-12;
        for (var axis = 0; axis < choices.Length; axis++)
        {
            if (random.NextDouble() < 0.2 && choices.Length > 1)
                continue;
            var at = axis;
            var sorted = rows.Select(row => (Coordinate: points[row][at], Target: targets[row])).OrderBy(pair => pair.Coordinate).ToArray();
            var (count, sum) = (0, 0.0);
            for (var i = 0; i < sorted.Length - 1; i++)
            {
                count++;
                sum += sorted[i].Target;
                if (sorted[i].Coordinate == sorted[i + 1].Coordinate)
                    continue;
                if (count >= LeastLeaf && sorted.Length - count >= LeastLeaf)
                {
                    var gain = (sum * sum / count) + ((total - sum) * (total - sum) / (sorted.Length - count));
                    if (gain > bestGain)
                    {
                        bestGain = gain;
                        best = (axis, choices[axis] ? sorted[i].Coordinate : (sorted[i].Coordinate + sorted[i + 1].Coordinate) / 2);
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
