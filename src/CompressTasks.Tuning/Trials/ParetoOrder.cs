namespace CompressTasks.Tuning;

/// <summary>Points of several losses (all to be small): domination, fronts, crowding and hypervolume.</summary>
static class ParetoOrder
{
    /// <summary>Whether <paramref name="left"/> is nowhere worse and somewhere better.</summary>
    public static bool Dominates(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        var better = false;
        for (var i = 0; i < left.Length; i++)
        {
            if (!(left[i] <= right[i]))
                return false;
            better |= left[i] < right[i];
        }

        return better;
    }

    /// <summary>The rank of the front that each point lies on; 0 is dominated by nobody.</summary>
    public static int[] Ranks(IReadOnlyList<double[]> points)
    {
        var dominators = new int[points.Count];
        var dominated = new List<int>[points.Count];
        for (var i = 0; i < points.Count; i++)
            dominated[i] = [];
        for (var i = 0; i < points.Count; i++)
        {
            for (var j = i + 1; j < points.Count; j++)
            {
                var (over, under) = Dominates(points[i], points[j]) ? (i, j) : Dominates(points[j], points[i]) ? (j, i) : (-1, -1);
                if (over < 0)
                    continue;
                dominated[over].Add(under);
                dominators[under]++;
            }
        }

        var ranks = new int[points.Count];
        var front = Enumerable.Range(0, points.Count).Where(i => dominators[i] == 0).ToList();
        for (var rank = 0; front.Count > 0; rank++)
        {
            var next = new List<int>();
            foreach (var i in front)
            {
                ranks[i] = rank;
                foreach (var j in dominated[i])
                    if (--dominators[j] == 0)
                        next.Add(j);
            }

            front = next;
        }

        return ranks;
    }

    /// <summary>Crowding distance of Deb et al. (2002): the larger the emptier the surroundings; the ends of a front are infinitely far.</summary>
    public static double[] Crowding(IReadOnlyList<double[]> front)
    {
        var distance = new double[front.Count];
        if (front.Count == 0)
            return distance;
        for (var objective = 0; objective < front[0].Length; objective++)
        {
            var at = objective;
            var order = Enumerable.Range(0, front.Count).OrderBy(i => front[i][at]).ToArray();
            var range = front[order[^1]][at] - front[order[0]][at];
            distance[order[0]] = distance[order[^1]] = double.PositiveInfinity;
            if (!(range > 0) || !double.IsFinite(range))
                continue;
            for (var k = 1; k < order.Length - 1; k++)
                distance[order[k]] += (front[order[k + 1]][at] - front[order[k - 1]][at]) / range;
        }

        return distance;
    }

    /// <summary>
    /// Volume between the points and a reference that they dominate (While et al. 2012, slicing by the last objective). Points beyond the reference count
    /// nothing.
    /// </summary>
    public static double Hypervolume(IEnumerable<double[]> points, double[] reference)
    {
        var inside = points.Where(point => point.Zip(reference).All(pair => pair.First < pair.Second)).ToList();
        return Volume(inside, reference, reference.Length);
    }

    static double Volume(List<double[]> points, double[] reference, int objectives)
    {
        if (points.Count == 0)
            return 0;
        if (objectives == 1)
            return reference[0] - points.Min(point => point[0]);
        var last = objectives - 1;
        points = [.. points.OrderBy(point => point[last])];
        var volume = 0.0;
        if (objectives == 2)
        {
            var lowest = reference[0];
            foreach (var point in points)
            {
                if (point[0] >= lowest)
                    continue;
                volume += (lowest - point[0]) * (reference[1] - point[1]);
                lowest = point[0];
            }

            return volume;
        }

        for (var i = 0; i < points.Count; i++)
        {
            var to = i + 1 < points.Count ? points[i + 1][last] : reference[last];
            if (to > points[i][last])
                volume += (to - points[i][last]) * Volume(Front(points.Take(i + 1), last), reference, last);
        }

        return volume;
    }

    static List<double[]> Front(IEnumerable<double[]> points, int objectives)
    {
        var front = new List<double[]>();
        foreach (var point in points)
        {
            if (front.Any(other => Covers(other, point, objectives)))
                continue;
            front.RemoveAll(other => Covers(point, other, objectives));
            front.Add(point);
        }

        return front;
    }

    static bool Covers(double[] left, double[] right, int objectives)
    {
        for (var i = 0; i < objectives; i++)
            if (left[i] > right[i])
                return false;
        return true;
    }
}
