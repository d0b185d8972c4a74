using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests.Operators;

public class ReductionTests
{
    [Theory]
    [InlineData("ReduceSum")]
    [InlineData("ReduceMean")]
    [InlineData("ReduceMax")]
    [InlineData("ReduceMin")]
    [InlineData("ReduceProd")]
    [InlineData("ReduceL1")]
    [InlineData("ReduceL2")]
    [InlineData("ReduceSumSquare")]
    [InlineData("ReduceLogSum")]
    [InlineData("ReduceLogSumExp")]
    public void Reductions_with_axes_as_attribute_and_as_input(string name)
    {
        foreach (var keep in new[] { 0L, 1L })
        {
            new OperatorCase(name, 11).Input([2, 3, 4], 0.5f, 2).With("keepdims", keep).With("axes", [1]).Agrees();
            new OperatorCase(name, 11).Input([2, 3, 4], 0.5f, 2).With("keepdims", keep).With("axes", [-1, 0]).Agrees();
            new OperatorCase(name, 11).Input([2, 3, 4], 0.5f, 2).With("keepdims", keep).Agrees();
            new OperatorCase(name, 18).Input([2, 3, 4], 0.5f, 2).Longs(-2, 2).With("keepdims", keep).Agrees();
            new OperatorCase(name, 18).Input([2, 3, 4], 0.5f, 2).With("keepdims", keep).Agrees();
        }
    }

    [Fact]
    public void Reducing_over_no_axis_changes_nothing_where_told_so() =>
        new OperatorCase("ReduceSum", 13).Input([2, 3]).With("noop_with_empty_axes", 1).Agrees();

    [Theory]
    [InlineData("ArgMax")]
    [InlineData("ArgMin")]
    public void Places_of_extremes(string name)
    {
        using var scope = NewDisposeScope();
        var ties = tensor(new[] { 1f, 3f, 3f, 0f, 0f, 2f }).reshape(2, 3);
        foreach (var last in new[] { 0L, 1L })
        {
            new OperatorCase(name, 13).Feed(ties).With("axis", 1).With("select_last_index", last).Agrees(type: DataType.Int64);
            new OperatorCase(name, 13).Feed(ties).With("axis", -2).With("keepdims", 0).With("select_last_index", last).Agrees(type: DataType.Int64);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    public void CumSum(long exclusive, long reverse) =>
        new OperatorCase("CumSum").Input([2, 5]).Scalar(-1L).With("exclusive", exclusive).With("reverse", reverse).Agrees();

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    public void TopK(long axis, long largest) =>
        new OperatorCase("TopK").Input([5, 6]).Longs(3).With("axis", axis).With("largest", largest).Outputs(DataType.Float, DataType.Int64).Agrees();
}
