using CompressTasks.Onnx;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests.Operators;

public class ShapeTests
{
    [Fact]
    public void Reshape_and_Flatten()
    {
        new OperatorCase("Reshape").Input([2, 3, 4]).Longs(0, -1).Agrees();
        new OperatorCase("Reshape").Input([2, 3, 4]).Longs(4, 1, 6).Agrees();
        new OperatorCase("Flatten").Input([2, 3, 4]).Agrees();
        new OperatorCase("Flatten").Input([2, 3, 4]).With("axis", 0).Agrees();
        new OperatorCase("Flatten").Input([2, 3, 4]).With("axis", -1).Agrees();
    }

    [Fact]
    public void Squeeze_and_Unsqueeze_by_attribute_and_input()
    {
        new OperatorCase("Squeeze", 11).Input([1, 3, 1, 4]).With("axes", [0]).Agrees();
        new OperatorCase("Squeeze", 11).Input([1, 3, 1, 4]).Agrees();
        new OperatorCase("Squeeze", 13).Input([1, 3, 1, 4]).Longs(-2).Agrees();
        new OperatorCase("Unsqueeze", 11).Input([3, 4]).With("axes", [0, 3]).Agrees();
        new OperatorCase("Unsqueeze", 13).Input([3, 4]).Longs(-1, 1).Agrees();
    }

    [Fact]
    public void Transpose_Expand_and_Tile()
    {
        new OperatorCase("Transpose").Input([2, 3, 4]).Agrees();
        new OperatorCase("Transpose").Input([2, 3, 4]).With("perm", [1, 2, 0]).Agrees();
        new OperatorCase("Expand").Input([3, 1]).Longs(2, 1, 4).Agrees();
        new OperatorCase("Expand").Input([3, 4]).Longs(1, 1).Agrees();
        new OperatorCase("Tile").Input([2, 3]).Longs(2, 3).Agrees();
    }

    [Theory]
    [InlineData("DCR")]
    [InlineData("CRD")]
    public void DepthToSpace_and_back(string mode)
    {
        new OperatorCase("DepthToSpace").Input([2, 12, 3, 4]).With("blocksize", 2).With("mode", mode).Agrees();
        new OperatorCase("SpaceToDepth").Input([2, 3, 4, 6]).With("blocksize", 2).Agrees();
    }

    [Fact]
    public void Concat_joins_along_any_axis()
    {
        new OperatorCase("Concat").Input([2, 3, 4]).Input([2, 1, 4]).Weight([2, 2, 4]).With("axis", 1).Agrees();
        new OperatorCase("Concat").Input([2, 3]).Input([2, 2]).With("axis", -1).Agrees();
    }

    [Fact]
    public void Split_in_all_its_forms()
    {
        new OperatorCase("Split", 11).Input([2, 6]).With("axis", 1).With("split", [1, 2, 3]).Agrees(3);
        new OperatorCase("Split", 11).Input([2, 6]).With("axis", -1).Agrees(3);
        new OperatorCase("Split", 13).Input([6, 2]).Longs(4, 2).Agrees(2);
        new OperatorCase("Split", 13).Input([6, 2]).Agrees(2);
        new OperatorCase("Split", 18).Input([7, 2]).With("num_outputs", 3).Agrees(3);
    }

    [Fact]
    public void Slice_with_attributes_steps_and_ends_beyond_the_axis()
    {
        new OperatorCase("Slice", 9).Input([5, 6]).With("starts", [1, -3]).With("ends", [4, 100]).Agrees();
        new OperatorCase("Slice", 9).Input([5, 6]).With("starts", [1]).With("ends", [-1]).With("axes", [1]).Agrees();
        new OperatorCase("Slice").Input([5, 6]).Longs(0).Longs(long.MaxValue).Longs(1).Longs(2).Agrees();
        new OperatorCase("Slice").Input([5, 6]).Longs(-1).Longs(long.MinValue).Longs(-1).Longs(-1).Agrees();
        new OperatorCase("Slice").Input([5, 7]).Longs(4, 6).Longs(0, -7).Longs(0, 1).Longs(-2, -3).Agrees();
        new OperatorCase("Slice").Input([5, 6]).Longs(3).Longs(3).Longs(0).Agrees();
        new OperatorCase("Slice").Input([5, 6]).Longs(3).Longs(1).Longs(1).Longs(2).Agrees();
    }

    [Theory]
    [InlineData("constant")]
    [InlineData("reflect")]
    [InlineData("edge")]
    public void Pad_in_its_older_and_newer_form(string mode)
    {
        new OperatorCase("Pad", 9).Input([2, 3, 4, 5]).With("pads", [0, 0, 1, 2, 0, 0, 2, 1]).With("mode", mode).Agrees();
        new OperatorCase("Pad", 13).Input([2, 3, 4, 5]).Longs(0, 1, 1, 2, 0, 2, 2, 1).With("mode", mode).Agrees();
        new OperatorCase("Pad", 18).Input([2, 3, 4, 5]).Longs(1, 2, 2, 1).Omitted().Longs(-1, 1).With("mode", mode).Agrees();
    }

    [Fact]
    public void Pad_with_a_value_wrapped_and_by_negative_amounts()
    {
        new OperatorCase("Pad", 9).Input([2, 3]).With("pads", [1, 0, 0, 2]).With("value", 1.5f).Agrees();
        new OperatorCase("Pad", 13).Input([2, 3]).Longs(1, 0, 0, 2).Scalar(-2.5f).Agrees();
        new OperatorCase("Pad", 13).Input([4, 5]).Longs(-1, 2, 0, -2).Agrees();
        new OperatorCase("Pad", 19).Input([4, 5]).Longs(2, 3, 1, 4).With("mode", "wrap").Agrees();
    }

    [Fact]
    public void Gather_with_indices_of_any_rank_and_sign()
    {
        using var scope = NewDisposeScope();
        new OperatorCase("Gather").Input([4, 5, 3]).Longs(3, -1, 0).With("axis", 1).Agrees();
        new OperatorCase("Gather").Input([4, 5]).Scalar(-2L).Agrees();
        new OperatorCase("Gather").Weight([9, 3]).Feed(tensor(new long[] { 1, 8, -9, 0, 3, 2 }).reshape(2, 3)).Agrees();
        new OperatorCase("GatherElements").Input([3, 3]).Longs([2, 3], [1, -1, 0, 2, 0, -3]).With("axis", 0).Agrees();
        new OperatorCase("GatherND").Input([3, 4, 2]).Longs([2, 2], [0, 1, 2, -1]).Agrees();
        new OperatorCase("GatherND").Input([2, 4, 2]).Longs([2, 1], [1, -2]).With("batch_dims", 1).Agrees();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("add")]
    public void Scatter_writes_and_adds(string reduction)
    {
        new OperatorCase("ScatterElements", 16).Input([3, 4]).Longs([2, 4], [0, 1, 2, -1, 2, 0, 1, 0]).Input([2, 4]).With("axis", 0).With("reduction", reduction).Agrees();
        new OperatorCase("ScatterND", 16).Input([4, 3]).Longs([2, 1], [3, -3]).Input([2, 3]).With("reduction", reduction).Agrees();
    }

    [Fact]
    public void OneHot_NonZero_and_Trilu()
    {
        using var scope = NewDisposeScope();
        new OperatorCase("OneHot").Feed(tensor(new long[] { 0, 2, -1 })).Scalar(4L).Floats(-1f, 2f).Agrees();
        new OperatorCase("OneHot").Feed(tensor(new long[] { 0, 2, -1, 1 }).reshape(2, 2)).Scalar(3L).Floats(0f, 1f).With("axis", 1).Agrees();
        new OperatorCase("NonZero").Feed(tensor(new[] { 1f, 0f, 2f, 0f }).reshape(2, 2)).Agrees(type: DataType.Int64);
        new OperatorCase("Trilu").Input([3, 4]).Agrees();
        new OperatorCase("Trilu").Input([3, 4]).Scalar(-1L).With("upper", 0).Agrees();
        new OperatorCase("EyeLike").Input([3, 4]).With("k", 1).Agrees();
    }

    [Fact]
    public void Casts_and_made_tensors()
    {
        new OperatorCase("Cast").Input([6], -4, 4).With("to", (long)DataType.Int64).Agrees(type: DataType.Int64);
        new OperatorCase("Cast").Feed(tensor(new[] { 0f, 2f, -1f })).With("to", (long)DataType.Bool).Agrees(type: DataType.Bool);
        new OperatorCase("Cast").Longs(1, 2, 0).With("to", (long)DataType.Float).Agrees();
        new OperatorCase("ConstantOfShape").Longs(2, 3).Agrees();
        new OperatorCase("ConstantOfShape").Longs(2, 3).With("value", TensorData.FromLongs("", [1], [7])).Agrees(type: DataType.Int64);
        new OperatorCase("Range").Scalar(3L).Scalar(10L).Scalar(3L).Agrees(type: DataType.Int64);
        new OperatorCase("Range").Scalar(5L).Scalar(-2L).Scalar(-2L).Agrees(type: DataType.Int64);
        new OperatorCase("Range").Scalar(1f).Scalar(3.2f).Scalar(0.5f).Agrees();
        new OperatorCase("Shape", 15).Input([2, 3, 4]).With("start", -2).Agrees(type: DataType.Int64);
        new OperatorCase("Size").Input([2, 3, 4]).Agrees(type: DataType.Int64);
    }

    [Fact]
    public void Integers_known_to_the_graph_give_the_same_as_fed_ones()
    {
        new OperatorCase("Slice").Longs(1, 2, 3, 4, 5).Longs(-1).Longs(long.MinValue).Longs(0).Longs(-2).Agrees(type: DataType.Int64);
        new OperatorCase("Gather").Longs(4, 5, 6).Longs([2, 1], [-1, 0]).Agrees(type: DataType.Int64);
        new OperatorCase("Concat").Longs([1, 2], [1, 2]).Longs([1, 1], [3]).With("axis", 1).Agrees(type: DataType.Int64);
        new OperatorCase("Split", 13).Longs(1, 2, 3).Longs(1, 2).Agrees(2, DataType.Int64);
        new OperatorCase("Mul").Longs([2, 1], [2, 3]).Longs(5, 7).Agrees(type: DataType.Int64);
        new OperatorCase("Div").Longs(-7, 7).Longs(2).Agrees(type: DataType.Int64);
        new OperatorCase("Mod").Longs(-7, 7).Longs(3, -3).Agrees(type: DataType.Int64);
        new OperatorCase("Max").Longs(1, 5).Longs(3).Agrees(type: DataType.Int64);
        new OperatorCase("Equal").Longs(1, 5).Longs(5).Agrees(type: DataType.Bool);
        new OperatorCase("Expand").Longs([2, 1], [4, 5]).Longs(2, 3).Agrees(type: DataType.Int64);
        new OperatorCase("Reshape").Longs(1, 2, 3, 4).Longs(2, -1).Agrees(type: DataType.Int64);
        new OperatorCase("Unsqueeze").Longs(1, 2).Longs(0).Agrees(type: DataType.Int64);
        new OperatorCase("Where").Feed(tensor(new[] { true, false })).Longs(1, 2).Longs(3, 4).Agrees(type: DataType.Int64);
        new OperatorCase("ReduceProd", 13).Longs(2, 3, 4).With("axes", [0]).With("keepdims", 0).Agrees(type: DataType.Int64);
    }
}
