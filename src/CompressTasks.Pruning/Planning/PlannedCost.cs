using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Planning;

/// <summary>Multiply-accumulates, parameters and bytes of a model from which units are removed.</summary>
/// <param name="Macs">Multiply-accumulates at the analysed shapes.</param>
/// <param name="Parameters">Elements of trainable weights.</param>
/// <param name="Bytes">Bytes of the written file, within a few bytes.</param>
public readonly record struct Cost(long Macs, long Parameters, long Bytes);

/// <summary>
/// The cost of any cut without making it: every count is a sum of products of axis lengths, each of which shrinks by the share of each axis that
/// stays. Exact for MACs and parameters; one evaluation is linear in the number of axes.
/// </summary>
sealed class PlannedCost
{
    readonly List<ProductTerm> macs = [];
    readonly List<ProductTerm> parameters = [];
    readonly List<ProductTerm> bytes = [];
    readonly long fixedMacs, fixedParameters, fixedBytes;

    public PlannedCost(CouplingGraph graph)
    {
        var model = graph.Model;
        var cost = CostModel.Count(model, graph.Shapes);
        var trainable = WeightRoles.Of(model.Graph).Weights;
        (fixedMacs, fixedParameters, fixedBytes) = (cost.Macs, cost.Parameters, model.SizeInBytes);
        foreach (var node in model.Graph.Node)
        {
            foreach (var (count, axes) in MacAxes.Of(node, graph)) AddTerm(macs, ref fixedMacs, count, axes);
        }

        foreach (var tensor in model.Graph.Initializer)
        {
            var axes = Enumerable.Range(0, tensor.Dims.Count).Select(axis => graph.Axis(tensor.Name, axis)).OfType<TrackedAxis>().ToArray();
            var count = tensor.ElementCount();
            if (trainable.Contains(tensor.Name)) AddTerm(parameters, ref fixedParameters, count, axes);
            AddTerm(bytes, ref fixedBytes, count * ElementTypes.Bits(tensor.ElementType()) / 8, axes);
        }
    }

    /// <summary>The parts of a count that change with the widths.</summary>
    public IReadOnlyList<CostTerm> TermsOf(CostUnit unit) => unit == CostUnit.Bytes ? bytes : macs;

    public Cost Of(bool[] removed)
    {
        var living = new Dictionary<TrackedAxis, int>();
        return new Cost(
            fixedMacs + Sum(macs, removed, living),
            fixedParameters + Sum(parameters, removed, living),
            fixedBytes + Sum(bytes, removed, living));
    }

    static void AddTerm(List<ProductTerm> terms, ref long rest, long total, TrackedAxis[] axes)
    {
        if (axes.Length == 0 || total == 0) return;
        rest -= total;
        terms.Add(new ProductTerm(axes.Aggregate(total, (value, axis) => value / axis.Length), axes));
    }

    static long Sum(List<ProductTerm> terms, bool[] removed, Dictionary<TrackedAxis, int> living)
    {
        long sum = 0;
        foreach (var term in terms)
        {
            var product = term.Factor;
            foreach (var axis in term.Axes)
            {
                if (!living.TryGetValue(axis, out var count)) living[axis] = count = axis.CountLiving(removed);
                product *= count;
            }

            sum += product;
        }

        return sum;
    }
}
