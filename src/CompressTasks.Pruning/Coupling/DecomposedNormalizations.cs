using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling;

/// <summary>
/// Layer and root-mean-square normalisations that an exporter wrote out: d = x - mean(x), then d / sqrt(mean(d * d) + epsilon), or the
/// same with x for d. Only where all of it is there are their means over a cut axis known to be statistics.
/// </summary>
sealed class DecomposedNormalizations
{
    readonly Dictionary<NodeProto, string> means = new(ReferenceEqualityComparer.Instance);

    public DecomposedNormalizations(OnnxModel model)
    {
        var index = new GraphIndex(model.Graph);
        foreach (var node in model.Graph.Node)
        {
            if (node.Is("Sqrt")) Match(node, index);
        }
    }

    /// <summary>The kind of normalisation that a ReduceMean belongs to; null for one that stands alone.</summary>
    public string? KindOf(NodeProto mean) => means.GetValueOrDefault(mean);

    /// <summary>Looks back from the square root for the variance and on from it for the division.</summary>
    void Match(NodeProto root, GraphIndex index)
    {
        if (index.Producer(root.Input[0]) is not { } sum || !sum.Is("Add")) return;
        var variance = sum.Input.Select(index.Producer).FirstOrDefault(producer => producer?.Is("ReduceMean") == true);
        if (variance is null || !sum.Input.Any(index.IsInitializer)) return;
        if (index.Producer(variance.Input[0]) is not { } square || Squared(square, index) is not { } deviation) return;
        if (!DividesBy(root, deviation, index)) return;
        if (index.Producer(deviation) is { } difference && difference.Is("Sub")
            && index.Producer(difference.Input[1]) is { } mean && mean.Is("ReduceMean") && mean.Input[0] == difference.Input[0])
        {
            means[mean] = means[variance] = "LayerNormalization";
            return;
        }

        means[variance] = "RMSNormalization";
    }

    static string? Squared(NodeProto node, GraphIndex index)
    {
        if (node.Is("Mul")) return node.Input[0] == node.Input[1] ? node.Input[0] : null;
        return node.Is("Pow") && IsNumber(node.Input[1], 2, index) ? node.Input[0] : null;
    }

    /// <summary>d / root, or d * (1 / root); the deviation may be computed twice, once for each use.</summary>
    static bool DividesBy(NodeProto root, string deviation, GraphIndex index)
    {
        foreach (var reader in index.Consumers(root.Output[0]))
        {
            var divides = reader.Is("Div") && reader.Input[1] == root.Output[0];
            if (divides && IsSame(reader.Input[0], deviation, index)) return true;
            var inverts = reader.Is("Reciprocal") || (divides && IsNumber(reader.Input[0], 1, index));
            if (inverts && IsMultiplied(reader.Output[0], deviation, index)) return true;
        }

        return false;
    }

    static bool IsMultiplied(string inverse, string deviation, GraphIndex index) =>
        index.Consumers(inverse).Any(reader => reader.Is("Mul") && reader.Input.Any(input => input != inverse && IsSame(input, deviation, index)));

    static bool IsSame(string value, string deviation, GraphIndex index)
    {
        if (value == deviation) return true;
        return index.Producer(value) is { } one && index.Producer(deviation) is { } other
            && one.Is("Sub") && other.Is("Sub") && one.Input.SequenceEqual(other.Input);
    }

    static bool IsNumber(string value, long number, GraphIndex index)
    {
        if (index.Initializer(value) is not { } constant || constant.ElementCount() != 1) return false;
        return ElementTypes.IsFloatingPoint(constant.ElementType()) ? constant.ToFloats()[0] == number
            : ElementTypes.IsInteger(constant.ElementType()) && constant.ToLongs()[0] == number;
    }
}
