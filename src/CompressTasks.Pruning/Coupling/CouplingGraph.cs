using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling.Rules;

namespace CompressTasks.Pruning.Coupling;

/// <summary>
/// Everything that hangs together in a model: its units, their groups, and for each axis of each value what is removed with which
/// unit. Built in time linear in the graph and the lengths of its axes.
/// </summary>
public sealed class CouplingGraph
{
    readonly Dictionary<string, TrackedAxis?[]> axes = new(StringComparer.Ordinal);
    readonly CouplingContext context;
    readonly LabelResolution resolution;
    readonly Dictionary<int, int> unitsByAtom = [];
    readonly Dictionary<int[], TrackedAxis?> axesByLabels = [];
    readonly ILookup<object, (string Attribute, TrackedAxis Axis)> sizesByNode;

    CouplingGraph(OnnxModel model, CouplingContext context)
    {
        Model = model;
        this.context = context;
        resolution = new LabelResolution(context.Labels);
        (var units, Groups) = UnitCollection.Collect(model, context, resolution, unitsByAtom);
        Units = WithReasons(units);
        foreach (var (value, labels) in context.Axes) axes[value] = [.. labels.Select(Track)];
        SizeAttributes =
        [
            .. from size in context.SizeAttributes
               let axis = Track(size.Labels)
               where axis is not null
               select (size.Node, size.Attribute, axis),
        ];
        sizesByNode = SizeAttributes.ToLookup(size => (object)size.Node, size => (size.Attribute, size.Axis), ReferenceEqualityComparer.Instance!);
    }

    public OnnxModel Model { get; }

    public GraphShapes Shapes => context.Shapes;

    public IReadOnlyList<PruningUnit> Units { get; }

    public IReadOnlyList<UnitGroup> Groups { get; }

    /// <summary>Which axis of which weight each node sums over.</summary>
    public IReadOnlyList<WeightUse> WeightUses => context.WeightUses;

    /// <summary>Where the numbers of computed shapes come from.</summary>
    internal LengthOrigins Lengths => context.Lengths;

    internal IReadOnlyList<(Onnx.Schema.NodeProto Node, string Attribute, TrackedAxis Axis)> SizeAttributes { get; }

    /// <summary>Analyses a simplified model.</summary>
    /// <param name="model">As <see cref="Simplification.Apply"/> leaves it.</param>
    /// <param name="shapes">Shapes with every dynamic axis made concrete; which lengths those get does not matter to the result.</param>
    /// <param name="allowInexact">
    /// Whether units may go whose absence changes what is computed of the others, such as the width that a LayerNormalization takes its
    /// statistics over. Training makes good for it; without training they are better kept.
    /// </param>
    public static CouplingGraph Build(OnnxModel model, GraphShapes shapes, bool allowInexact = false)
    {
        var context = new CouplingContext(model, shapes);
        foreach (var node in model.Graph.Node) RuleSet.Apply(node, context);
        foreach (var output in model.Graph.Output)
        {
            var reason = new FreezeReason("graph output", output.Name);
            context.FreezeAll(output.Name, reason);
            ShapeComputations.FreezeLengths(output.Name, context, reason);
        }

        if (!allowInexact)
        {
            // After all other reasons, which training would not lift.
            foreach (var (labels, reason) in context.InexactAxes) context.Freeze(labels, reason with { Name = "inexact without training" });
        }

        return new CouplingGraph(model, context);
    }

    /// <summary>The axis of a value or weight; null where nothing along it can be removed.</summary>
    internal TrackedAxis? Axis(string value, int axis) =>
        axes.TryGetValue(value, out var list) && axis >= 0 && axis < list.Length ? list[axis] : null;

    /// <summary>The axis whose length an attribute of a node repeats; null where nothing along it can be removed.</summary>
    internal TrackedAxis? SizeOf(Onnx.Schema.NodeProto node, string attribute) => sizesByNode[node].FirstOrDefault(size => size.Attribute == attribute).Axis;

    internal IEnumerable<TrackedAxis> AllAxes => axesByLabels.Values.OfType<TrackedAxis>();

    /// <summary>Why the indices of a weight's axis stay, where they all do.</summary>
    public FreezeReason? ReasonFor(string initializer, int axis) =>
        context.Axes.TryGetValue(initializer, out var labels) && labels[axis] is { } list
            ? list.Select(context.Labels.ReasonOf).FirstOrDefault(reason => reason is not null)
            : null;

    PruningUnit[] WithReasons(IReadOnlyList<PruningUnit> units)
    {
        PruningUnit[] result = [.. units];
        foreach (var (labels, reason) in context.InexactAxes)
        {
            foreach (var unit in labels.SelectMany(UnitsOf)) result[unit] = result[unit].Inexact is null ? result[unit] with { Inexact = reason } : result[unit];
        }

        return result;
    }

    TrackedAxis? Track(int[]? labels)
    {
        if (labels is null) return null;
        if (axesByLabels.TryGetValue(labels, out var known)) return known;
        var axis = new TrackedAxis([.. labels.Select(UnitsOf)]);
        return axesByLabels[labels] = axis.IsFixed ? null : axis;
    }

    int[] UnitsOf(int label)
    {
        var atoms = resolution.AtomsOf(label);
        // Atoms that reach no weight belong to no unit and stay.
        return atoms is [] ? [] : [.. atoms.Where(unitsByAtom.ContainsKey).Select(atom => unitsByAtom[atom])];
    }
}
