using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

static class ControlFlowRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules) => rules["If"] = If;

    /// <summary>Both branches are inferred; an axis that they agree on is known.</summary>
    static void If(NodeInference inference)
    {
        var branches = new List<TensorFact[]>();
        foreach (var name in (string[])["then_branch", "else_branch"])
        {
            if (inference.Node.Subgraph(name) is not { } graph || graph.Output.Count != inference.OutputCount)
            {
                throw inference.Contradiction($"has no {name} with {inference.OutputCount} outputs");
            }

            var scope = inference.Scope.ForSubgraph(graph);
            ShapeInference.Run(graph, scope);
            branches.Add([.. graph.Output.Select(output => scope.Fact(output.Name))]);
        }

        for (var i = 0; i < inference.OutputCount; i++)
        {
            var (left, right) = (branches[0][i], branches[1][i]);
            Dimension[]? shape = null;
            if (left.Shape is { } a && right.Shape is { } b && a.Length == b.Length)
            {
                shape = [.. a.Zip(b, (one, other) => one == other ? one : inference.Unknown())];
            }

            inference.Output(i, left.Type == DataType.Undefined ? right.Type : left.Type, shape);
        }
    }
}
