using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Initializers as parameters, buffers and constants.</summary>
public sealed partial class GraphModule
{
    // torch's names may hold no dots; these map an initializer's name to the name under which its tensor is registered.
    readonly Dictionary<string, string> weightNames = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> statisticNames = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> constantNames = new(StringComparer.Ordinal);
    Dictionary<string, Parameter> weightsByName = [];
    Dictionary<string, Tensor> statisticsByName = [];

    /// <summary>
    /// The trained tensors by the name of their initializer. Convolution kernels may lie channels-last in memory; the shape is ONNX's.
    /// Moving the module to another device or type replaces them: ask again afterwards.
    /// </summary>
    public IReadOnlyDictionary<string, Parameter> Weights => weightsByName;

    /// <summary>The running means and variances of batch normalisation by the name of their initializer.</summary>
    public IReadOnlyDictionary<string, Tensor> Buffers => statisticsByName;

    /// <summary>
    /// True: in training mode running statistics become the plain average over all batches since <see cref="ResetNormalizationStatistics"/>.
    /// False (default): they follow by each node's momentum.
    /// </summary>
    public bool CumulativeStatistics
    {
        get => statistics.Cumulative;
        set => statistics.Cumulative = value;
    }

    /// <summary>
    /// Forgets all running statistics but those of frozen nodes. To estimate them anew, set <see cref="CumulativeStatistics"/>, call train(), run batches without
    /// gradients, and set it back.
    /// </summary>
    public void ResetNormalizationStatistics()
    {
        statistics.Restart();
        // fill_ hands out a second handle to the tensor, which the scope frees.
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var node in Model.Graph.Node.Where(node => node.Is("BatchNormalization") && !statistics.IsFrozen(node)))
        {
            if (statisticsByName.TryGetValue(node.Input[3], out var mean)) mean.zero_();
            if (statisticsByName.TryGetValue(node.Input[4], out var variance)) variance.fill_(1);
        }
    }

    /// <summary>Copies weights and running statistics into <see cref="Model"/>'s initializers, in their element type and in C order.</summary>
    public void WriteBack()
    {
        foreach (var (name, weight) in weightsByName) weight.CopyTo(index.Initializers[name]);
        foreach (var (name, buffer) in statisticsByName) buffer.CopyTo(index.Initializers[name]);
    }

    /// <summary>Moving to a device or type replaces the registered tensors, so that what the plan holds must follow.</summary>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        base._toEpilog(dtype, device, non_blocking);
        RefreshStart();
    }

    Dictionary<string, Value> LoadInitializers()
    {
        // What is registered leaves the scope; copies made on the way end with it.
        using var scope = NewDisposeScope();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var values = new Dictionary<string, Value>(StringComparer.Ordinal);
        var roles = WeightRoles.Of(Model.Graph);
        foreach (var initializer in Model.Graph.Initializer)
        {
            // Integers that stand for weights count as such, and have no gradient.
            var isReal = ElementTypes.IsFloatingPoint(initializer.ElementType());
            Load(initializer, initializer.Name, isReal ? roles.RoleOf(initializer.Name) : WeightRole.Constant, values, taken);
        }

        foreach (var (name, tensor) in dense) Load(tensor, name, WeightRole.Constant, values, taken);
        foreach (var node in Model.Graph.Node)
        {
            if (ConstantNode.Content(node) is { } content) Load(content, node.Output[0], WeightRole.Constant, values, taken);
        }

        return values;
    }

    void Load(TensorProto source, string name, WeightRole role, Dictionary<string, Value> values, HashSet<string> taken)
    {
        slots.TryAdd(name, slots.Count);
        if (!TorchTensors.CanHold(source.ElementType()))
        {
            foreign.Add(name);
            return;
        }

        var value = source.ToValue();
        if (value.Tensor is not { } tensor)
        {
            values[name] = value;
            return;
        }

        var registered = RegisteredName(name, taken);
        if (role == WeightRole.Weight)
        {
            weightNames[name] = registered;
            if (channelsLast && source.Dims.Count == 4 && index.Consumers(name).Any(node => node.Is("Conv"))) tensor = ChannelsLast.LaidOut(tensor);
            var weight = new Parameter(tensor);
            _ = weight.DetachFromDisposeScope();
            register_parameter(registered, weight);
            return;
        }

        (role == WeightRole.Statistic ? statisticNames : constantNames)[name] = registered;
        register_buffer(registered, tensor.DetachFromDisposeScope(), persistent: role == WeightRole.Statistic);
    }

    static string RegisteredName(string name, HashSet<string> taken)
    {
        var plain = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
        var result = plain;
        for (var number = 2; !taken.Add(result); number++) result = FormattableString.Invariant($"{plain}_{number}");
        return result;
    }

    void RefreshStart()
    {
        weightsByName = weightNames.ToDictionary(pair => pair.Key, pair => get_parameter(pair.Value)!, StringComparer.Ordinal);
        statisticsByName = statisticNames.ToDictionary(pair => pair.Key, pair => get_buffer(pair.Value)!, StringComparer.Ordinal);
        foreach (var (name, weight) in weightsByName) start[slots[name]] = weight;
        foreach (var (name, buffer) in statisticsByName) start[slots[name]] = buffer;
        foreach (var (name, registered) in constantNames) start[slots[name]] = get_buffer(registered);
    }
}
