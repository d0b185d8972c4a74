using CompressTasks.Onnx;
using CompressTasks.Pruning.Blocks;

namespace CompressTasks.Pruning.Students;

/// <summary>The order in which blocks go where a network is made shallower evenly.</summary>
static class BlockOrder
{
    /// <summary>The next block is always one of those shapes that have most blocks left, and of that shape the least important one.</summary>
    /// <param name="scores">One per block.</param>
    public static int[] Of(GraphShapes shapes, IReadOnlyList<ResidualBlock> blocks, double[] scores)
    {
        var queues = blocks
            .GroupBy(block => string.Join('x', shapes.Of(block.Addition.Output[0])!), StringComparer.Ordinal)
            .Select(group => new Queue<int>(group.Select(block => block.Index).OrderBy(block => scores[block]).ThenBy(block => block)))
            .ToArray();
        var order = new int[blocks.Count];
        for (var place = 0; place < order.Length; place++) order[place] = queues.MaxBy(queue => queue.Count)!.Dequeue();
        return order;
    }
}
