using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>
/// Fits the layers that read removed channels anew, so that they compute from the channels that stay what they computed from all (Luo et al.,
/// ThiNet, 2017; He et al., Channel Pruning, 2017): the least squares of the change of their outputs over data, biases included. Needs no labels.
/// </summary>
public static class ConsumerRefit
{
    /// <summary>Added to the diagonal of the moments of the channels that stay, as a share of its mean.</summary>
    public const double Damping = 1e-2;

    const long MomentBytes = 1L << 30;

    /// <param name="graph">The analysed model; <paramref name="module"/> runs the same one.</param>
    /// <param name="removed">One flag per unit.</param>
    /// <param name="batches">The same batches at each call; each is disposed after use, labels are not read.</param>
    /// <returns>What to give to <see cref="Surgery.ModelSurgery"/>.</returns>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public static RefittedConsumers Solve(
        CouplingGraph graph,
        bool[] removed,
        GraphModule module,
        Func<IEnumerable<Batch>> batches,
        double damping = Damping,
        CancellationToken cancellation = default)
    {
        var (consumers, notFitted) = Consumers(graph, removed, module);
        var folding = new BiasFolding(graph.Model, new FreshNames(graph.Model.Graph));
        var fitted = new Dictionary<NodeProto, RefittedConsumer>(ReferenceEqualityComparer.Instance);
        using var noGradient = no_grad();
        foreach (var part in SecondMoments.Parts(consumers, MomentBytes))
        {
            var moments = SecondMoments.Collect(module, part, batches(), cancellation);
            try
            {
                foreach (var moment in moments.Values)
                {
                    cancellation.ThrowIfCancellationRequested();
                    fitted[moment.Layer.Node] = Fit(graph, removed, module, moment, damping, folding.Takes(moment.Layer.Node, moment.Layer.Groups * moment.Layer.Rows));
                }
            }
            finally
            {
                foreach (var moment in moments.Values) moment.Dispose();
            }
        }

        return new RefittedConsumers(fitted, notFitted);
    }

    static (List<LinearLayer> Consumers, Dictionary<NodeProto, string> NotFitted) Consumers(CouplingGraph graph, bool[] removed, GraphModule module)
    {
        var consumers = new List<LinearLayer>();
        var reasons = new Dictionary<NodeProto, string>(ReferenceEqualityComparer.Instance);
        var index = new GraphIndex(graph.Model.Graph);
        foreach (var use in graph.WeightUses.Where(use => use.Node.Input[1] == use.Initializer && index.IsInitializer(use.Initializer)).DistinctBy(use => use.Node))
        {
            if (graph.Axis(use.Initializer, use.Axis) is not { } axis || axis.CountLiving(removed) == axis.Length) continue;
            if (!module.Weights.TryGetValue(use.Initializer, out var weight)) reasons[use.Node] = "its weight is not trained";
            else if (LinearLayer.From(use.Node, weight.shape) is not { } layer) reasons[use.Node] = $"{use.Node.OpType} is not fitted";
            else if (index.Consumers(use.Initializer).Count > 1) reasons[use.Node] = "its weight is shared with other layers";
            else consumers.Add(layer);
        }

        return (consumers, reasons);
    }

    static RefittedConsumer Fit(CouplingGraph graph, bool[] removed, GraphModule module, SecondMoments moments, double damping, bool takesBias)
    {
        using var scope = NewDisposeScope();
        var layer = moments.Layer;
        var weights = layer.ToMatrices(module.Weights[layer.Weight].detach()).to(float64).clone();
        var means = moments.Mean().to(float64);
        var products = (takesBias ? moments.Central() : moments.Raw()).to(float64);
        var bias = zeros([layer.Groups, layer.Rows], float64, weights.device);
        for (var group = 0; group < layer.Groups; group++)
        {
            var (kept, lost) = Columns(graph, removed, layer, group);
            // A group of which nothing stays goes as a whole.
            if (kept.Length == 0 || lost.Length == 0) continue;
            using var inner = NewDisposeScope();
            var (keptColumns, lostColumns) = (tensor(kept, device: weights.device), tensor(lost, device: weights.device));
            var own = products[group];
            var keptProducts = own.index_select(0, keptColumns).index_select(1, keptColumns);
            var mean = keptProducts.diagonal().mean().item<double>();
            keptProducts.diagonal().add_(mean > 0 ? damping * mean : 1);
            var lostWeights = weights[group].index_select(1, lostColumns);
            var target = own.index_select(0, keptColumns).index_select(1, lostColumns).mm(lostWeights.transpose(0, 1));
            var change = target.cholesky_solve(linalg.cholesky(keptProducts)).transpose(0, 1);
            weights[group].index_add_(1, keptColumns, change, 1);
            bias[group] = lostWeights.mv(means[group].index_select(0, lostColumns)) - change.mv(means[group].index_select(0, keptColumns));
        }

        return new RefittedConsumer(Floats(layer.FromMatrices(weights)), takesBias ? Floats(bias.flatten()) : null);
    }

    /// <summary>Columns of a group's matrix whose channels stay, and those whose channels go.</summary>
    static (long[] Kept, long[] Lost) Columns(CouplingGraph graph, bool[] removed, LinearLayer layer, int group)
    {
        var input = graph.Axis(layer.Input, layer.ChannelAxis(graph.Shapes.Of(layer.Input)!.Count))!;
        var channels = (int)layer.ChannelsPerGroup;
        // Only a convolution's groups have channels of their own; several matrices of a product all read the same.
        var first = input.Length > channels ? group * channels : 0;
        var columns = Enumerable.Range(0, (int)layer.Columns).ToLookup(column => input.Lives(first + (column % channels), removed), column => (long)column);
        return ([.. columns[true]], [.. columns[false]]);
    }

    static float[] Floats(Tensor values) => values.to(float32).cpu().contiguous().data<float>().ToArray();
}

/// <summary>A layer's new weight, in the shape that it has before the cut, and what is added to its outputs.</summary>
/// <param name="Bias">One number per output before the cut; null where nothing takes it.</param>
public sealed record RefittedConsumer(float[] Weight, float[]? Bias);

/// <param name="Layers">By their nodes in the uncut model.</param>
/// <param name="NotFitted">Nodes that read removed channels and keep their weights, and why; means are folded into their biases instead.</param>
public sealed record RefittedConsumers(IReadOnlyDictionary<NodeProto, RefittedConsumer> Layers, IReadOnlyDictionary<NodeProto, string> NotFitted);
