using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Matrix products: the axis that is summed over is shared by both sides, rows and columns pass to the result.</summary>
static class MatrixRules
{
    public static void AddTo(RuleTable table)
    {
        table.Free("Gemm", Gemm);
        table.Free("MatMul", (node, context) => Product(node, context, node.Input[0], node.Input[1]));
        table.Free(RuleSet.Microsoft("FusedMatMul"), Fused, "not with transposed batches");
    }

    static void Gemm(NodeProto node, CouplingContext context)
    {
        var (left, right) = (context.Of(node.Input[0]), context.Of(node.Input[1]));
        var (leftSum, rightSum) = (node.Int("transA", 0) == 0 ? 1 : 0, node.Int("transB", 0) == 0 ? 0 : 1);
        context.Tie(left[leftSum], right[rightSum], node);
        context.Consumes(node, node.Input[1], rightSum);
        context.Consumes(node, node.Input[0], leftSum);
        int[]?[] result = [left[1 - leftSum], right[1 - rightSum]];
        if (node.InputOrNull(2) is { } bias)
        {
            var shape = context.Shape(node.Output[0]);
            result = Broadcasting.Couple(node, context, shape, [new(result, shape), new(context.Of(bias), context.Shape(bias))]);
        }

        context.Set(node.Output[0], result);
    }

    static void Fused(NodeProto node, CouplingContext context)
    {
        var (left, right) = (context.Shape(node.Input[0]), context.Shape(node.Input[1]));
        if (context.Shape(node.Output[0]).Length != Math.Max(left.Length, right.Length) || left.Length < 2 || right.Length < 2)
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("shape that is not understood", node.DisplayName()));
            return;
        }

        if (node.Int("transBatchA", 0) != 0 || node.Int("transBatchB", 0) != 0)
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("product with transposed batches", node.DisplayName()));
            return;
        }

        Product(node, context, node.Input[0], node.Input[1]);
    }

    /// <summary>The product of two of the node's inputs; transA and transB swap their last two axes.</summary>
    public static void Product(NodeProto node, CouplingContext context, string leftName, string rightName)
    {
        var (left, right) = (context.Of(leftName), context.Of(rightName));
        if (left.Length < 2 || right.Length < 2)
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("product with a vector", node.DisplayName()));
            return;
        }

        var leftSum = left.Length - (node.Int("transA", 0) == 0 ? 1 : 2);
        var rightSum = right.Length - (node.Int("transB", 0) == 0 ? 2 : 1);
        context.Tie(left[leftSum], right[rightSum], node);
        context.Consumes(node, rightName, rightSum);
        context.Consumes(node, leftName, leftSum);
        var (row, column) = (left[(2 * left.Length) - 3 - leftSum], right[(2 * right.Length) - 3 - rightSum]);
        var shape = context.Shape(node.Output[0]);
        var batch = Broadcasting.Couple(
            node,
            context,
            shape[..^2],
            [new(left[..^2], context.Shape(leftName)[..^2]), new(right[..^2], context.Shape(rightName)[..^2])]);
        context.Set(node.Output[0], [.. batch, row, column]);
    }
}
