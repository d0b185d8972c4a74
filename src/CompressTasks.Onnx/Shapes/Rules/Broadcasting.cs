namespace CompressTasks.Onnx;

/// <summary>Numpy-style broadcasting over possibly symbolic shapes.</summary>
static class Broadcasting
{
    /// <returns>The common shape, or null where a rank is unknown.</returns>
    /// <exception cref="ModelException">CMP0006: two known lengths differ and neither is 1.</exception>
    public static Dimension[]? Common(NodeInference inference, params Dimension[]?[] shapes)
    {
        Dimension[] result = [];
        foreach (var shape in shapes)
        {
            if (shape is null) return null;
            result = Common(inference, result, shape);
        }

        return result;
    }

    static Dimension[] Common(NodeInference inference, Dimension[] left, Dimension[] right)
    {
        var rank = Math.Max(left.Length, right.Length);
        var result = new Dimension[rank];
        for (var i = 1; i <= rank; i++)
        {
            result[^i] = i > left.Length ? right[^i] : i > right.Length ? left[^i] : Common(inference, left, right, left[^i], right[^i]);
        }

        return result;
    }

    static Dimension Common(NodeInference inference, Dimension[] left, Dimension[] right, Dimension a, Dimension b)
    {
        if (a == b || b == 1) return a;
        if (a == 1) return b;
        if (a.IsKnown && b.IsKnown)
        {
            throw inference.Contradiction($"cannot broadcast [{string.Join(", ", left)}] with [{string.Join(", ", right)}]");
        }

        // A known length above 1 is the result whatever the symbol stands for; two different symbols may be equal or one of them 1.
        if (a.IsKnown) return a;
        return b.IsKnown ? b : inference.Unknown();
    }
}
