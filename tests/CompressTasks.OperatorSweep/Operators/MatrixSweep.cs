using static CompressTasks.OperatorSweep.Operators.Choices;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Matrix products.</summary>
static class MatrixSweep
{
    static readonly (string Equation, long[][] Inputs)[] Equations =
    [
        ("ij,jk->ik", [[2, 3], [3, 4]]), ("ij,jk", [[2, 3], [3, 4]]), ("bij,bjk->bik", [[2, 3, 4], [2, 4, 5]]), ("ij->ji", [[2, 3]]), ("ba", [[2, 3]]),
        ("ij->", [[2, 3]]), ("ij->i", [[2, 3]]), ("ii->i", [[3, 3]]), ("ii", [[3, 3]]), ("i,j->ij", [[2], [3]]), ("i,i->", [[3], [3]]), ("i,i", [[3], [3]]),
        ("...ij,...jk->...ik", [[2, 1, 3, 4], [2, 5, 4, 2]]), ("...ij->...ji", [[2, 3, 4]]), ("b...,b...->b...", [[2, 3, 4], [2, 3, 4]]), ("...i,...i->...", [[2, 3], [2, 3]]),
        ("bhid,bhjd->bhij", [[1, 2, 3, 4], [1, 2, 5, 4]]), ("bijc,bijk->bkc", [[1, 2, 3, 4], [1, 2, 3, 5]]), (" b i j , j k -> b i k ", [[2, 3, 4], [4, 2]]),
        ("ij,jk,kl->il", [[2, 3], [3, 4], [4, 5]]), ("i,j,k->kji", [[2], [3], [4]]), ("ij,kl->ijkl", [[2, 3], [2, 2]]), ("ijk,k->ij", [[2, 3, 4], [1]]),
        ("Ab,bC->AC", [[2, 3], [3, 4]]),
    ];

    public static void AddTo(SweepTable table)
    {
        table.Add("MatMul", _ =>
            from shapes in new (long[] Left, long[] Right)[]
            {
                ([3, 4], [4, 5]), ([2, 3, 4], [2, 4, 5]), ([2, 3, 4], [4, 5]), ([3, 4], [2, 4, 5]), ([2, 1, 3, 4], [5, 4, 2]), ([4], [4, 5]), ([3, 4], [4]),
                ([4], [2, 4, 5]), ([2, 3, 4], [4]), ([4], [4]), ([1, 1], [1, 1]), ([2, 2, 3, 7], [2, 2, 7, 3]),
            }
            select new NodeCase().Data(shapes.Left).Data(shapes.Right));
        table.Add("Gemm", opset =>
            from left in Flags
            from right in Flags
            from addend in new long[]?[] { opset >= 11 ? null : [1], [], [4], [1], [1, 4], [3, 1], [3, 4] }
            from alpha in new double?[] { null, 0.5 }
            from beta in new double?[] { null, 2, 0 }
            select new NodeCase().Data(left ? [5, 3] : [3, 5]).Data(right ? [4, 5] : [5, 4]).Then(one => addend is null ? one : one.Data(addend))
                .With("transA", left ? 1 : null).With("transB", right ? 1 : null).With("alpha", alpha).With("beta", beta));
        table.Add("Einsum", _ => Equations.Select(one => one.Inputs.Aggregate(new NodeCase(), (node, shape) => node.Data(shape)).With("equation", one.Equation)));
    }
}
