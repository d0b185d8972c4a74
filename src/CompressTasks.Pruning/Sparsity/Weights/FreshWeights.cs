using CompressTasks.Onnx;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>
/// Draws all weights of a network anew: matrices and kernels from a normal distribution of variance 2 / fan-in (He et al., Delving Deep
/// into Rectifiers, 2015), scales of normalisations 1, everything added 0, running statistics those of a new network. Slopes and
/// embedding tables, of which nothing says how they began, stay as they are.
/// </summary>
public static class FreshWeights
{
    /// <summary>The same seed gives the same weights on every machine.</summary>
    public static void Draw(GraphModule module, int seed)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var number = 0;
        foreach (var matrix in WeightMatrix.Of(module.Model))
        {
            var values = Normal(matrix.Elements, Math.Sqrt(2.0 / matrix.Columns), new SeededRandom(seed, (1L << 40) + number++));
            module.Weights[matrix.Name].copy_(matrix.FromMatrix(tensor(values)));
        }

        foreach (var node in module.Model.Graph.Node)
        {
            var isNormalization = node.OpType.EndsWith("Normalization", StringComparison.Ordinal);
            for (var input = 0; input < node.Input.Count; input++)
            {
                if (!module.Weights.TryGetValue(node.Input[input], out var weight)) continue;
                if (isNormalization) weight.fill_(input == 1 ? 1 : 0);
                else if (node.OpType == "Add" || (node.OpType is "Conv" or "ConvTranspose" or "Gemm" && input == 2)) weight.zero_();
            }
        }

        module.ResetNormalizationStatistics();
    }

    /// <summary>Box and Muller's transform of pairs of uniform numbers.</summary>
    static float[] Normal(long count, double deviation, SeededRandom random)
    {
        var values = new float[count];
        for (var i = 0; i < values.Length; i += 2)
        {
            var (radius, angle) = (Math.Sqrt(-2 * Math.Log(1 - Uniform(random))), 2 * Math.PI * Uniform(random));
            values[i] = (float)(deviation * radius * Math.Cos(angle));
            if (i + 1 < values.Length) values[i + 1] = (float)(deviation * radius * Math.Sin(angle));
        }

        return values;
    }

    static double Uniform(SeededRandom random) => (random.Next() >> 11) * (1.0 / (1L << 53));
}
