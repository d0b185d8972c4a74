using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Blocks;

/// <summary>
/// Layers beside a skip connection, x + f(x) with both of the same shape: without f the network still makes sense.
/// </summary>
/// <param name="Index">Position among the model's blocks.</param>
/// <param name="Addition">The node that adds branch and skip.</param>
/// <param name="Skip">The value that stays.</param>
/// <param name="Branch">The value that goes.</param>
/// <param name="Nodes">What nobody needs without the branch, in graph order.</param>
public sealed record ResidualBlock(int Index, NodeProto Addition, string Skip, string Branch, IReadOnlyList<NodeProto> Nodes)
{
    public string Name => Addition.DisplayName();

    /// <summary>Finds the blocks of a simplified model, in graph order. A block may lie within another.</summary>
    /// <param name="shapes">With every input shape known.</param>
    public static IReadOnlyList<ResidualBlock> Find(OnnxModel model, GraphShapes shapes)
    {
        var nodes = model.Graph.Node;
        var index = new GraphIndex(model.Graph);
        var places = new Dictionary<NodeProto, int>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < nodes.Count; i++) places[nodes[i]] = i;
        int PlaceOf(string value) => index.Producer(value) is { } producer ? places[producer] : -1;
        var blocks = new List<ResidualBlock>();
        foreach (var node in nodes.Where(node => node.Is("Add")))
        {
            // Of two operands one can only come from the other if it is made later.
            var (first, second) = (node.Input[0], node.Input[1]);
            var (skip, branch) = PlaceOf(first) < PlaceOf(second) ? (first, second) : (second, first);
            if (index.IsInitializer(skip) || !HasShapeOf(shapes, skip, branch)) continue;
            if (!LeadsTo(skip, branch, index, places, PlaceOf(skip))) continue;
            var dead = DeadWithout(node, branch, index, places, PlaceOf(skip));
            if (dead.Any(part => CostModel.MacsOf(part, shapes) > 0)) blocks.Add(new ResidualBlock(blocks.Count, node, skip, branch, dead));
        }

        return blocks;
    }

    /// <summary>The branch's length of the first axis with more than one known index from axis 1 on; null where there is none.</summary>
    internal static (int Axis, long Length)? WideAxis(GraphShapes shapes, string value)
    {
        var lengths = shapes.Of(value);
        for (var axis = 1; axis < (lengths?.Count ?? 0); axis++)
        {
            if (lengths![axis] is { IsKnown: true, Value: > 1 } length) return (axis, length.Value);
        }

        return null;
    }

    static bool HasShapeOf(GraphShapes shapes, string first, string second) =>
        shapes.TryGetKnown(first, out var left) && shapes.TryGetKnown(second, out var right) && left.AsSpan().SequenceEqual(right);

    /// <summary>Goes back from the branch, never beyond where the skip is made, so that a block costs no more than its own nodes.</summary>
    static bool LeadsTo(string skip, string branch, GraphIndex index, Dictionary<NodeProto, int> places, int first)
    {
        var open = new Stack<string>([branch]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var value))
        {
            if (value == skip) return true;
            if (!seen.Add(value) || index.Producer(value) is not { } producer || places[producer] <= first) continue;
            foreach (var input in producer.Input.Concat(Subgraphs.CapturedValues(producer))) open.Push(input);
        }

        return false;
    }

    /// <summary>Nodes behind the skip whose outputs only dead nodes read once the branch is not read.</summary>
    static NodeProto[] DeadWithout(NodeProto addition, string branch, GraphIndex index, Dictionary<NodeProto, int> places, int first)
    {
        var dead = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var queue = new PriorityQueue<NodeProto, int>();
        var queued = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        void Push(string value)
        {
            if (index.Producer(value) is { } producer && places[producer] > first && queued.Add(producer)) queue.Enqueue(producer, -places[producer]);
        }

        Push(branch);
        // Last made first, so that all readers are decided before what they read.
        while (queue.TryDequeue(out var node, out _))
        {
            var isRead = node.Output.Any(output => index.Outputs.Contains(output)
                || index.Consumers(output).Any(reader => !dead.Contains(reader) && !(ReferenceEquals(reader, addition) && output == branch)));
            if (isRead) continue;
            dead.Add(node);
            foreach (var input in node.Input.Concat(Subgraphs.CapturedValues(node))) Push(input);
        }

        return [.. dead.OrderBy(node => places[node])];
    }
}
