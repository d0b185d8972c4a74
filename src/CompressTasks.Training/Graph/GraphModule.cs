using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// An ONNX graph as a TorchSharp module: initializers that are weights are its parameters, running statistics its buffers, nodes run one
/// by one in libtorch, and those without a kernel there in ONNX Runtime (<see cref="RuntimeNodes"/>). In training mode batch normalisation uses and tracks the statistics of the batch (stored variance unbiased, as
/// libtorch does it); dropout does nothing. Gradients are recorded wherever the caller has not switched them off. As every torch module it
/// starts in training mode: call eval() before inference. One module serves one thread at a time.
/// </summary>
public sealed partial class GraphModule : nn.Module<Tensor, Tensor>
{
    readonly GraphIndex index;
    readonly IReadOnlyList<ValueInfoProto> inputs;
    readonly Dictionary<string, int> slots = new(StringComparer.Ordinal);
    readonly List<Step> steps = [];
    readonly Dictionary<string, ExecutionPlan> plans = new(StringComparer.Ordinal);
    readonly NormalizationStatistics statistics = new();
    readonly bool channelsLast;
    readonly int firstComputed;
    readonly Value[] start;

    /// <param name="model">A simplified model; it is kept, and changed only by <see cref="WriteBack"/>.</param>
    /// <exception cref="ModelException">
    /// CMP0007 an operator that ONNX Runtime does not run either; CMP0003 a node that reads a value that nothing before it makes, or a weight whose data is damaged.
    /// </exception>
    public GraphModule(OnnxModel model)
        : base(nameof(GraphModule))
    {
        Model = model;
        index = new GraphIndex(model.Graph);
        dense = model.Graph.SparseInitializer.Where(sparse => sparse.Values is not null)
            .ToDictionary(sparse => sparse.Values.Name, sparse => sparse.ToDense(), StringComparer.Ordinal);
        inferred = new Lazy<GraphShapes>(() => ShapeInference.Infer(model));
        channelsLast = ChannelsLast.Suits(index);
        inputs = [.. model.Graph.Input.Where(input => !index.IsInitializer(input.Name))];
        foreach (var input in inputs) slots.TryAdd(input.Name, slots.Count);
        var constants = LoadInitializers();
        firstComputed = slots.Count;
        AddSteps();
        start = new Value[slots.Count];
        foreach (var (name, value) in constants) start[slots[name]] = value;
        RefreshStart();
    }

    public OnnxModel Model { get; }

    /// <summary>In training mode convolutions and matrix products are computed in this type; null: in that of their inputs.</summary>
    public ScalarType? TrainingProducts { get; set; }

    /// <summary>The first graph output of a model with one input.</summary>
    /// <param name="input">As the model's input declares it; the first axis, the batch, may have any length.</param>
    /// <exception cref="TrainingException">CMP0403 when rank or lengths are not those of the model's input.</exception>
    /// <exception cref="ModelException">CMP0006 when a node cannot take what reaches it.</exception>
    public override Tensor forward(Tensor input) => Run([input], [Model.Graph.Output[0].Name])[0];

    /// <summary>Runs what leads to <paramref name="outputs"/> and nothing else.</summary>
    /// <param name="inputs">One tensor for each graph input, in the graph's order; they stay the caller's.</param>
    /// <param name="outputs">Names of graph outputs or of any other values; null for all graph outputs.</param>
    /// <returns>Tensors in the caller's dispose scope, in the order of <paramref name="outputs"/>.</returns>
    /// <exception cref="TrainingException">CMP0403 when number, rank or lengths are not those of the model's inputs.</exception>
    /// <exception cref="ModelException">CMP0006 when a node cannot take what reaches it; CMP0003 for an unknown output.</exception>
    public IReadOnlyList<Tensor> Run(IReadOnlyList<Tensor> inputs, IReadOnlyList<string>? outputs = null)
    {
        if (inputs.Count != this.inputs.Count)
        {
            var reason = $"The model has {this.inputs.Count} inputs and was given {inputs.Count}.";
            throw new TrainingException(TrainingException.DataShape, reason, Model.Path);
        }

        using var scope = NewDisposeScope();
        var plan = PlanFor(outputs ?? [.. Model.Graph.Output.Select(output => output.Name)]);
        var values = (Value[])start.Clone();
        for (var i = 0; i < inputs.Count; i++)
        {
            InputCheck.Check(this.inputs[i], inputs[i], Model.Path);
            values[i] = channelsLast && inputs[i].dim() == 4 ? LaidOut(inputs[i]) : inputs[i];
        }

        var device = inputs.Count > 0 ? inputs[0].device : CPU;
        using var context = new RunContext(device, training, statistics, BatchOf(inputs)) { Products = training ? TrainingProducts : null };
        var results = plan.Execute(values, context);
        foreach (var result in results) result.MoveToOuterDisposeScope();
        return results;
    }

    FixedBatch BatchOf(IReadOnlyList<Tensor> given)
    {
        var dimension = given.Count > 0 ? inputs[0].Type?.TensorType?.Shape?.Dim.FirstOrDefault() : null;
        return dimension is not null && given[0].dim() > 0 ? new FixedBatch(dimension.DimValue, given[0].shape[0]) : default;
    }

    // An input that wants a gradient (saliency, adversarial data) must stay in its history, and the permutations do keep it.
    static Tensor LaidOut(Tensor input) => input.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    ExecutionPlan PlanFor(IReadOnlyList<string> outputs)
    {
        var key = string.Join('\n', outputs);
        if (plans.TryGetValue(key, out var plan)) return plan;
        var numbers = outputs.Select(name => slots.TryGetValue(name, out var slot)
            ? slot
            : throw new ModelException(ModelException.InvalidGraph, $"The graph has no value '{name}'.", Model.Path)).ToArray();
        return plans[key] = new ExecutionPlan(steps, slot => slot < firstComputed, numbers, Model.Path);
    }

    void AddSteps()
    {
        foreach (var node in Model.Graph.Node.Where(node => ConstantNode.Content(node) is null)) AddStep(node);
    }

    void AddStep(NodeProto node)
    {
        int[] reads = [.. RuntimeNode.Reads(node).Select(name => SlotRead(node, name))];
        var kernel = RuntimeNode.Reads(node).Any(foreign.Contains) ? null : OperatorRegistry.Compile(node, Model.Opset);
        var inRuntime = kernel is null;
        if (kernel is not null && LowPrecision.Suits(node)) kernel = LowPrecision.Over(kernel);
        if (kernel is null) kernel = AddRuntimeNode(node).Run;
        else if (runtimeNodes.Count > 0) kernel = WithStandIn(node, kernel);
        steps.Add(new Step(node, kernel, reads, [.. node.Output.Select(Made)], inRuntime));

        int Made(string name) => name.Length == 0 ? ExecutionPlan.Absent : slots[name] = slots.Count;
    }

    int SlotRead(NodeProto node, string name)
    {
        if (name.Length == 0) return ExecutionPlan.Absent;
        if (slots.TryGetValue(name, out var slot)) return slot;
        throw new ModelException(
            ModelException.InvalidGraph,
            $"Node '{node.DisplayName()}' reads '{name}', which no node before it makes.",
            Model.Path);
    }
}
