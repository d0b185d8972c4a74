using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Matrix products: the axis that is summed over is shared by both sides, rows and columns pass to the result.</summary>
static class MatrixRules
{
    public static void Register(Dictionary<string, CouplingRule> rules)
    {
        rules["Gemm"] = Gemm;
        rules["MatMul"] = MatMul;
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

    static void MatMul(NodeProto node, CouplingContext context)
    {
        var (left, right) = (context.Of(node.Input[0]), context.Of(node.Input[1]));
        if (left.Length < 2 || right.Length < 2)
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("product with a vector", node.DisplayName()));
            return;
        }

        context.Tie(left[^1], right[^2], node);
        context.Consumes(node, node.Input[1], right.Length - 2);
        context.Consumes(node, node.Input[0], left.Length - 1);
        var shape = context.Shape(node.Output[0]);
        var batch = Broadcasting.Couple(
            node,
            context,
            shape[..^2],
            [new(left[..^2], context.Shape(node.Input[0])[..^2]), new(right[..^2], context.Shape(node.Input[1])[..^2])]);
        context.Set(node.Output[0], [.. batch, left[^2], right[^1]]);
    }
}
