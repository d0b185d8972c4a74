using CompressTasks.Onnx;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Operators;

public class MatrixTests
{
    [Theory]
    [InlineData(0, 0, 1f, 1f)]
    [InlineData(0, 1, 1f, 1f)]
    [InlineData(1, 0, 0.5f, 2f)]
    [InlineData(1, 1, 2f, 0f)]
    public void Gemm(long transposeLeft, long transposeRight, float alpha, float beta)
    {
        long[] left = transposeLeft == 1 ? [4, 3] : [3, 4], right = transposeRight == 1 ? [5, 4] : [4, 5];
        foreach (var addend in new long[][] { [5], [3, 5], [3, 1], [1, 5], [1] })
        {
            new OperatorCase("Gemm").Input(left).Weight(right).Weight(addend)
                .With("transA", transposeLeft).With("transB", transposeRight).With("alpha", alpha).With("beta", beta).Agrees();
        }

        new OperatorCase("Gemm").Input(left).Weight(right).With("transA", transposeLeft).With("transB", transposeRight).With("alpha", alpha).Agrees();
    }

    [Theory]
    [InlineData(new long[] { 3, 4 }, new long[] { 4, 5 })]
    [InlineData(new long[] { 2, 3, 4 }, new long[] { 4, 5 })]
    [InlineData(new long[] { 3, 4 }, new long[] { 2, 4, 5 })]
    [InlineData(new long[] { 2, 1, 3, 4 }, new long[] { 3, 4, 5 })]
    [InlineData(new long[] { 4 }, new long[] { 4, 5 })]
    [InlineData(new long[] { 2, 3, 4 }, new long[] { 4 })]
    [InlineData(new long[] { 4 }, new long[] { 4 })]
    public void MatMul(long[] left, long[] right) => new OperatorCase("MatMul").Input(left).Weight(right).Agrees();

    [Theory]
    [InlineData(new long[] { 3, 4 }, new long[] { 5, 4 })]
    [InlineData(new long[] { 2, 3, 4 }, new long[] { 3, 4, 5 })]
    [InlineData(new long[] { 3 }, new long[] { 4, 5 })]
    public void Matrices_that_do_not_fit_are_an_error_and_not_a_crash(long[] left, long[] right)
    {
        using var scope = NewDisposeScope();
        using var module = new GraphModule(new OperatorCase("MatMul").Input(left).Input(right).Model());
        var error = Assert.Throws<ModelException>(() => module.Run([zeros(left), zeros(right)]));
        Assert.Equal(ModelException.Shape, error.Code);
        Assert.Contains("'node' (MatMul)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ij,jk->ik", new long[] { 3, 4 }, new long[] { 4, 5 })]
    [InlineData("bhid,bhjd->bhij", new long[] { 2, 3, 4, 5 }, new long[] { 2, 3, 6, 5 })]
    [InlineData("bi,bi->b", new long[] { 2, 3 }, new long[] { 2, 3 })]
    [InlineData("...ij, jk", new long[] { 2, 3, 4 }, new long[] { 4, 5 })]
    public void Einsum(string equation, long[] left, long[] right) => new OperatorCase("Einsum").Input(left).Input(right).With("equation", equation).Agrees();
}
