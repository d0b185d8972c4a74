using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pruning.Blocks;

/// <summary>What is left of a model's cost without some of its blocks; what two blocks share is counted once.</summary>
sealed class BlockCost
{
    readonly IReadOnlyList<ResidualBlock> blocks;
    readonly Dictionary<NodeProto, Cost> costs = new(ReferenceEqualityComparer.Instance);
    readonly Cost whole;

    public BlockCost(OnnxModel model, GraphShapes shapes, IReadOnlyList<ResidualBlock> blocks)
    {
        this.blocks = blocks;
        var counted = CostModel.Count(model, shapes);
        whole = new Cost(counted.Macs, counted.Parameters, model.SizeInBytes);
        var trainable = WeightRoles.Of(model.Graph).Weights;
        var index = new GraphIndex(model.Graph);
        foreach (var node in blocks.SelectMany(block => block.Nodes).Distinct<NodeProto>(ReferenceEqualityComparer.Instance))
        {
            // An initializer that others read as well stays.
            var own = node.Input.Distinct().Where(input => index.Consumers(input).All(reader => ReferenceEquals(reader, node))).Select(index.Initializer).OfType<TensorProto>().ToArray();
            costs[node] = new Cost(
                CostModel.MacsOf(node, shapes),
                own.Where(tensor => trainable.Contains(tensor.Name)).Sum(tensor => tensor.ElementCount()),
                node.CalculateSize() + own.Sum(tensor => (long)tensor.CalculateSize()));
        }
    }

    public Cost Of(bool[] removed)
    {
        var cost = whole;
        foreach (var node in blocks.Where(block => removed[block.Index]).SelectMany(block => block.Nodes).Distinct<NodeProto>(ReferenceEqualityComparer.Instance))
        {
            var part = costs[node];
            cost = new Cost(cost.Macs - part.Macs, cost.Parameters - part.Parameters, cost.Bytes - part.Bytes);
        }

        return cost;
    }
}
