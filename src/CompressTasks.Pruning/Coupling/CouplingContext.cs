using System.Diagnostics.CodeAnalysis;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling;

/// <summary>
/// What the operators' rules work on: the labels of every axis of every value seen so far. An axis is null where it is never cut
/// (batch, space, time) and need not be tracked.
/// </summary>
sealed class CouplingContext(OnnxModel model, GraphShapes shapes)
{
    readonly Dictionary<string, int[]?[]> axes = new(StringComparer.Ordinal);
    readonly Dictionary<string, TensorProto> initializers = model.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    readonly Dictionary<int[], (int[]?[] Factors, long[] Lengths)> merged = [];
    readonly Dictionary<string, string> dequantized = new(StringComparer.Ordinal);
    readonly List<WeightUse> weightUses = [];
    readonly List<SizeAttribute> sizeAttributes = [];
    readonly List<(int[] Labels, FreezeReason Reason)> inexactAxes = [];

    public int Opset { get; } = model.Opset;

    public LabelSpace Labels { get; } = new();

    public GraphShapes Shapes => shapes;

    public IReadOnlyDictionary<string, int[]?[]> Axes => axes;

    public IReadOnlyList<WeightUse> WeightUses => weightUses;

    public IReadOnlyList<SizeAttribute> SizeAttributes => sizeAttributes;

    /// <summary>Axes along which a cut changes what is computed of the indices that stay.</summary>
    public IReadOnlyList<(int[] Labels, FreezeReason Reason)> InexactAxes => inexactAxes;

    /// <summary>Where the lengths in computed shapes come from.</summary>
    public LengthOrigins Lengths { get; } = new(model, shapes);

    /// <summary>The nodes that are parts of a normalisation written in elementary operators.</summary>
    public DecomposedNormalizations Decomposed { get; } = new(model);

    public bool IsInitializer(string value) => initializers.ContainsKey(value);

    /// <summary>Labels of the value's axes. A floating-point initializer gets fresh ones on its first use; shared ones are thereby tied.</summary>
    public int[]?[] Of(string value)
    {
        if (axes.TryGetValue(value, out var known)) return known;
        if (initializers.TryGetValue(value, out var tensor))
        {
            var tracked = ElementTypes.IsFloatingPoint(tensor.ElementType());
            return axes[value] = [.. tensor.Dims.Select(length => tracked ? Labels.New(length) : null)];
        }

        return axes[value] = new int[]?[shapes.Of(value)?.Count ?? 0];
    }

    /// <summary>Has the axes of an integer initializer tracked too: quantised weights and their zero points are cut, indices are not.</summary>
    public void Track(string value)
    {
        if (axes.ContainsKey(value) || !initializers.TryGetValue(value, out var tensor) || ElementTypes.Bits(tensor.ElementType()) == 0) return;
        axes[value] = [.. tensor.Dims.Select(Labels.New)];
    }

    /// <summary>Labels of an axis that is the product of others.</summary>
    public int[] Merge(int[]?[] factors, long[] lengths)
    {
        var whole = Labels.New(lengths.Aggregate(1L, (product, length) => product * length));
        Labels.AddProduct(whole, factors, lengths);
        merged[whole] = (factors, lengths);
        return whole;
    }

    /// <summary>Labels of the factors of an axis: those that it was merged from, where it was, so that nothing is to be compared again.</summary>
    public int[]?[] Split(int[] whole, long[] lengths)
    {
        if (merged.TryGetValue(whole, out var known) && known.Lengths.AsSpan().SequenceEqual(lengths)) return known.Factors;
        int[]?[] factors = [.. lengths.Select(Labels.New)];
        Labels.AddProduct(whole, factors, lengths);
        return factors;
    }

    /// <summary>Notes that a value is an initializer in another number format, so that what sums over the one sums over the other.</summary>
    public void IsStoredAs(string value, string initializer)
    {
        if (IsInitializer(initializer)) dequantized[value] = initializer;
    }

    public long[] Shape(string value) => shapes.TryGetKnown(value, out var dimensions)
        ? dimensions
        : throw new PruningException(PruningException.Inconsistent, $"The shape of '{value}' is not known.");

    public bool HasShape(string value) => shapes.TryGetKnown(value, out _);

    public bool TryGetShape(string value, [NotNullWhen(true)] out long[]? shape) => shapes.TryGetKnown(value, out shape);

    /// <summary>The model's file, for messages.</summary>
    public string? File => model.Path;

    public void Set(string value, int[]?[] labels) => axes[value] = labels;

    /// <summary>Two axes live or die together, index by index. A tracked axis tied to one that is never cut is frozen.</summary>
    public void Tie(int[]? first, int[]? second, NodeProto node)
    {
        if (first is null || second is null)
        {
            Freeze(first ?? second, new FreezeReason("tied to an axis that is never cut", node.DisplayName()));
            return;
        }

        if (first.Length != second.Length)
        {
            var reason = new FreezeReason("shapes that do not fit", node.DisplayName());
            Freeze(first, reason);
            Freeze(second, reason);
            return;
        }

        for (var i = 0; i < first.Length; i++) Labels.Unite(first[i], second[i]);
    }

    public void Freeze(int[]? axis, FreezeReason reason)
    {
        if (axis is null) return;
        foreach (var label in axis) Labels.Freeze(label, reason);
    }

    public void FreezeAll(string value, FreezeReason reason)
    {
        foreach (var axis in Of(value)) Freeze(axis, reason);
    }

    /// <summary>
    /// Notes that the node takes statistics over this axis: what is left of it after a cut is normalised in another way, which only
    /// training makes good.
    /// </summary>
    /// <param name="kind">The operator, or what the node is a part of.</param>
    public void MarkInexact(int[]? axis, NodeProto node, string kind)
    {
        if (axis is not null) inexactAxes.Add((axis, new FreezeReason("inexact", $"{kind} {node.DisplayName()}")));
    }

    /// <summary>Notes that the node sums over this axis of a weight: where masking the index removes its contribution exactly.</summary>
    public void Consumes(NodeProto node, string initializer, int axis)
    {
        if (dequantized.TryGetValue(initializer, out var stored)) initializer = stored;
        if (IsInitializer(initializer)) weightUses.Add(new WeightUse(node, initializer, axis));
    }

    /// <summary>Notes that an attribute of the node holds the length of an axis (groups, heads, hidden size).</summary>
    public void SizeIn(NodeProto node, string attribute, int[]? labels)
    {
        if (labels is not null) sizeAttributes.Add(new SizeAttribute(node, attribute, labels));
    }
}
