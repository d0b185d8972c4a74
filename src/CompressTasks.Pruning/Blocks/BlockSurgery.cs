using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Surgery;

namespace CompressTasks.Pruning.Blocks;

/// <summary>Takes whole blocks out of a model, or puts a gate in front of each.</summary>
public static class BlockSurgery
{
    /// <summary>
    /// The model without the blocks: what read an addition reads its skip, and what nobody reads any more is gone. The same function as with
    /// the branches' outputs multiplied by zero.
    /// </summary>
    /// <param name="removed">One flag per block.</param>
    /// <returns>A new model; the original is left as it is.</returns>
    public static OnnxModel Remove(OnnxModel model, IReadOnlyList<ResidualBlock> blocks, bool[] removed)
    {
        var result = model.Clone();
        var outputs = model.Graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var copies = new NodeCopies(model, result);
        var replacements = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var block in blocks.Where(block => removed[block.Index]))
        {
            // The skip of a block is often the addition of the one before, which may be gone as well.
            var skip = replacements.GetValueOrDefault(block.Skip, block.Skip);
            var addition = copies.Of(block.Addition);
            if (outputs.Contains(addition.Output[0]))
            {
                // A graph output keeps its name.
                addition.OpType = "Identity";
                addition.Input.Clear();
                addition.Input.Add(block.Skip);
                continue;
            }

            replacements[addition.Output[0]] = skip;
        }

        ValueRenaming.Apply(result.Graph.Node, replacements);
        RemoveDeadNodes.Apply(result);
        return result;
    }

    /// <summary>
    /// The model with a gate for each block: the branch is multiplied by a vector, which is a weight of its own. At ones nothing changes; the
    /// loss's gradient at the gate says what the branch contributes; zeros switch it off.
    /// </summary>
    /// <param name="value">What the gates hold, by block.</param>
    /// <returns>The model, and the initializer of each gate; null where a branch has no axis of more than one index.</returns>
    public static (OnnxModel Model, IReadOnlyList<string?> Gates) WithGates(OnnxModel model, GraphShapes shapes, IReadOnlyList<ResidualBlock> blocks, Func<ResidualBlock, float> value)
    {
        var result = model.Clone();
        var copies = new NodeCopies(model, result);
        var names = new FreshNames(result.Graph);
        var gates = new List<string?>();
        var inserted = new Dictionary<NodeProto, NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var block in blocks)
        {
            if (ResidualBlock.WideAxis(shapes, block.Branch) is not var (axis, length))
            {
                gates.Add(null);
                continue;
            }

            var lengths = Enumerable.Repeat(1L, shapes.Of(block.Branch)!.Count).ToArray();
            lengths[axis] = length;
            var gate = names.Next($"{block.Branch}/gate");
            result.Graph.Initializer.Add(TensorData.FromFloats(gate, lengths, Enumerable.Repeat(value(block), (int)length).ToArray()));
            gates.Add(gate);
            var product = new NodeProto { OpType = "Mul", Name = names.Next($"{block.Branch}/gated") };
            product.Input.AddRange([block.Branch, gate]);
            product.Output.Add(product.Name);
            var addition = copies.Of(block.Addition);
            addition.Input[addition.Input[0] == block.Branch ? 0 : 1] = product.Name;
            inserted[addition] = product;
        }

        NodeProto[] nodes = [.. result.Graph.Node.SelectMany(node => inserted.TryGetValue(node, out var gate) ? [gate, node] : new[] { node })];
        result.Graph.Node.Clear();
        result.Graph.Node.AddRange(nodes);
        return (result, gates);
    }
}
