using CompressTasks.Pruning.Granularities;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>What of a matrix goes together: single weights, kernels, or rectangular blocks, which are smaller at the right and lower border.</summary>
sealed class ElementGroups(WeightMatrix matrix, PruningGrain grain)
{
    readonly (long Rows, long Columns) block = grain.Granularity switch
    {
        Granularity.Kernel => (1, matrix.KernelSize),
        Granularity.Block => (grain.First, grain.Second),
        _ => (1, 1),
    };

    long BlockRows => (matrix.Rows + block.Rows - 1) / block.Rows;

    long BlockColumns => (matrix.Columns + block.Columns - 1) / block.Columns;

    /// <summary>Weights of each group, int64 [groups].</summary>
    public Tensor Sizes() => Summed(ones([matrix.Rows, matrix.Columns], int64));

    /// <summary>The mean score of each group's weights, [groups]: the sum would favour whole blocks over those at the border.</summary>
    public Tensor Scores(Tensor scores) => Summed(matrix.ToMatrix(scores)) / Sizes();

    /// <summary>From what stays of the groups, bool [groups], to what stays of the weights, bool [weight's shape].</summary>
    public Tensor Spread(Tensor kept)
    {
        var blocks = kept.reshape(BlockRows, 1, BlockColumns, 1).expand(BlockRows, block.Rows, BlockColumns, block.Columns);
        var padded = blocks.reshape(BlockRows * block.Rows, BlockColumns * block.Columns);
        return matrix.FromMatrix(padded.slice(0, 0, matrix.Rows, 1).slice(1, 0, matrix.Columns, 1));
    }

    Tensor Summed(Tensor values)
    {
        if (block == (1, 1)) return values.reshape(-1);
        var (below, right) = ((BlockRows * block.Rows) - matrix.Rows, (BlockColumns * block.Columns) - matrix.Columns);
        var padded = nn.functional.pad(values, (0, right, 0, below));
        return padded.reshape(BlockRows, block.Rows, BlockColumns, block.Columns).sum([1, 3]).reshape(-1);
    }
}
