namespace CompressTasks.Onnx.Tests;

public class ContradictionTests
{
    public static TheoryData<string, string> Cases => new()
    {
        { "conv channels", "needs 5" },
        { "conv groups", "in 3 groups" },
        { "conv kernel", "larger than its padded input" },
        { "add", "cannot broadcast [2, 3] with [2, 4]" },
        { "matmul", "3 and 4 should be equal" },
        { "gemm", "3 and 4 should be equal" },
        { "concat", "axis 0 differs" },
        { "reshape count", "do not divide" },
        { "reshape two", "more than one -1" },
        { "axis", "the axis 5 for a tensor of rank 2" },
        { "split", "splits an axis of 3" },
        { "squeeze", "which is not 1" },
        { "transpose", "permutes" },
        { "gather", "outside axis 0" },
        { "batchnorm", "scales the 3 channels" },
        { "overflow", "cannot be computed" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_contradiction_names_the_node_and_says_why(string name, string reason)
    {
        var b = new ModelBuilder();

        var error = Assert.Throws<ModelException>(() => Make(b, name));

        Assert.Equal(ModelException.Shape, error.Code);
        Assert.Contains("'culprit'", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    static string Make(ModelBuilder b, string name)
    {
        string W(params long[] shape) => b.RandomWeight("w", shape, 1, 1);
        string Node(string op, IEnumerable<string> inputs, object? attributes = null) => b.Node(op, inputs, attributes, "culprit");
        return name switch
        {
            "conv channels" => Node("Conv", [b.Input("x", 1, 3, 8, 8), W(4, 5, 3, 3)]),
            "conv groups" => Node("Conv", [b.Input("x", 1, 3, 8, 8), W(4, 1, 3, 3)], new { group = 3 }),
            "conv kernel" => Node("Conv", [b.Input("x", 1, 3, 4, 4), W(4, 3, 5, 5)]),
            "add" => Node("Add", [b.Input("x", 2, 3), b.Input("y", 2, 4)]),
            "matmul" => Node("MatMul", [b.Input("x", 2, 3), b.Input("y", 4, 2)]),
            "gemm" => Node("Gemm", [b.Input("x", 2, 3), b.Input("y", 2, 4)], new { transB = 1 }),
            "concat" => Node("Concat", [b.Input("x", 2, 3), b.Input("y", 3, 3)], new { axis = 1 }),
            "reshape count" => Node("Reshape", [b.Input("x", 2, 3), b.Integers(4, -1)]),
            "reshape two" => Node("Reshape", [b.Input("x", 2, 3), b.Integers(-1, -1)]),
            "axis" => Node("ReduceMean", [b.Input("x", 2, 3)], new { axes = new[] { 5 } }),
            "split" => b.Nodes("Split", [b.Input("x", 2, 3), b.Integers(2, 2)], 2, new { axis = 1 }, "culprit")[0],
            "squeeze" => Node("Squeeze", [b.Input("x", 2, 3), b.Integers(0)]),
            "transpose" => Node("Transpose", [b.Input("x", 2, 3)], new { perm = new[] { 0, 0 } }),
            "gather" => Node("Gather", [b.Input("x", 2, 3), b.Integers(2)]),
            "batchnorm" => Node("BatchNormalization", [b.Input("x", 1, 3, 4), W(4), W(4), W(4), W(4)]),
            _ => Node("Flatten", [b.Input("x", 2, long.MaxValue, 4)]),
        };
    }
}
