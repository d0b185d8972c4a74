using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Criteria;

/// <summary>A uniformly random order, the same for the same seed.</summary>
public static class RandomCriterion
{
    public static double[] Score(CouplingGraph graph, int seed)
    {
        var random = new Random(seed);
        var scores = new double[graph.Units.Count];
        for (var i = 0; i < scores.Length; i++) scores[i] = random.NextDouble();
        return scores;
    }
}
