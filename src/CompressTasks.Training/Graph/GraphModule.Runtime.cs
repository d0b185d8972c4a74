using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training;

/// <summary>The nodes that ONNX Runtime computes, since libtorch has no kernel for them, and what that means for training.</summary>
public sealed partial class GraphModule
{
    readonly List<RuntimeNode> runtimeNodes = [];
    readonly HashSet<string> foreign = new(StringComparer.Ordinal);
    readonly Lazy<GraphShapes> inferred;

    // Sparse initializers, made dense.
    readonly Dictionary<string, TensorProto> dense;

    /// <summary>Nodes that run in ONNX Runtime, on the CPU and without gradients, in running order.</summary>
    public IReadOnlyList<NodeProto> RuntimeNodes => [.. steps.Where(step => step.InRuntime).Select(step => step.Node)];

    /// <summary>
    /// Weights that the first output depends on only through nodes of ONNX Runtime: they get no gradient and keep their values.
    /// </summary>
    public IReadOnlyList<string> WeightsWithoutGradient
    {
        get
        {
            if (runtimeNodes.Count == 0) return [];
            var (all, trained) = (Ancestors(throughRuntime: true), Ancestors(throughRuntime: false));
            return [.. weightNames.Keys.Where(name => all.Contains(slots[name]) && !trained.Contains(slots[name]))];
        }
    }

    /// <summary>What runs in ONNX Runtime and what is therefore not trained, for people; null where libtorch runs everything.</summary>
    public string? RuntimeNote
    {
        get
        {
            if (runtimeNodes.Count == 0) return null;
            var operators = RuntimeNodes.GroupBy(node => node.QualifiedName(), StringComparer.Ordinal)
                .Select(group => group.Count() == 1 ? group.Key : FormattableString.Invariant($"{group.Count()} {group.Key}"));
            var ran = $"{string.Join(", ", operators)}: run by ONNX Runtime, without gradients";
            var weights = WeightsWithoutGradient;
            if (weights.Count == 0) return $"{ran}; all weights are trained";
            const int Named = 3;
            var names = string.Join(", ", weights.Take(Named)) + (weights.Count > Named ? ", ..." : "");
            return FormattableString.Invariant($"{ran}; {weights.Count} of {weightNames.Count} weights are therefore not trained ({names})");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) runtimeNodes.ForEach(node => node.Dispose());
        base.Dispose(disposing);
    }

    /// <summary>
    /// Whether a node behind one of ONNX Runtime gets a tensor is known only when it runs: where it does not, ONNX Runtime computes it too.
    /// </summary>
    Kernel WithStandIn(NodeProto node, Kernel kernel)
    {
        RuntimeNode? runtime = null;
        return arguments => arguments.HoldForeign ? (runtime ??= AddRuntimeNode(node)).Run(arguments) : kernel(arguments);
    }

    RuntimeNode AddRuntimeNode(NodeProto node)
    {
        var runtime = new RuntimeNode(node, Model, ConstantOf, inferred.Value);
        runtimeNodes.Add(runtime);
        foreign.UnionWith(node.Output.Where(name => TypeOf(name) is var type && type != DataType.Undefined && !TorchTensors.CanHold(type)));
        return runtime;
    }

    DataType TypeOf(string value) => inferred.Value.ElementType(value);

    /// <summary>A stored tensor that neither training nor batch normalisation changes.</summary>
    TensorProto? ConstantOf(string value)
    {
        if (weightNames.ContainsKey(value) || statisticNames.ContainsKey(value)) return null;
        return index.Initializer(value) ?? dense.GetValueOrDefault(value) ?? (index.Producer(value) is { } producer ? ConstantNode.Content(producer) : null);
    }

    HashSet<int> Ancestors(bool throughRuntime)
    {
        var reached = new HashSet<int> { slots[Model.Graph.Output[0].Name] };
        foreach (var step in Enumerable.Reverse(steps))
        {
            if ((throughRuntime || !step.InRuntime) && step.Outputs.Any(reached.Contains)) reached.UnionWith(step.Inputs);
        }

        return reached;
    }
}
