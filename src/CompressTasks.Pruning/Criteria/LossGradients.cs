using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>Gradients of a loss over batches, and their products with the weights.</summary>
public static class LossGradients
{
    /// <summary>Takes the gradients of one batch after the other, in inference mode.</summary>
    /// <param name="batches">Each is disposed after use.</param>
    /// <param name="keepSum">Whether each batch's gradients are added to those before.</param>
    /// <param name="afterBatch">Called with the gradients in place.</param>
    /// <returns>How many batches there were.</returns>
    /// <exception cref="PruningException">CMP0603 without a batch.</exception>
    public static int ForEachBatch(
        GraphModule module,
        IEnumerable<Batch> batches,
        Func<Tensor, Batch, Tensor> loss,
        bool keepSum,
        Action afterBatch,
        CancellationToken cancellation)
    {
        module.eval();
        module.zero_grad();
        var count = 0;
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using (batch)
            {
                if (!keepSum) module.zero_grad();
                loss(module.forward(batch.Inputs), batch).backward();
            }

            afterBatch();
            count++;
        }

        if (count == 0)
        {
            throw new PruningException(
                PruningException.CriterionNeedsData,
                "A criterion with a loss was given no batch of data.",
                hint: "Give training data, or choose the criterion l2.");
        }

        return count;
    }

    /// <summary>Sums of gradient x weight at each index of an axis; zeros where the weight has no gradient.</summary>
    /// <param name="absolute">Whether the absolute values of the products are summed.</param>
    public static double[] TimesWeight(Tensor weight, int axis, bool absolute = false)
    {
        if (weight.grad is not { } gradient) return new double[weight.shape[axis]];
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var product = gradient * weight;
        return SumsByIndex(absolute ? product.abs() : product, axis);
    }

    /// <summary>Sums over all axes but one, as numbers.</summary>
    public static double[] SumsByIndex(Tensor values, int axis)
    {
        using var scope = NewDisposeScope();
        long[] others = [.. Enumerable.Range(0, (int)values.dim()).Where(other => other != axis).Select(other => (long)other)];
        var sums = others.Length == 0 ? values : values.sum(others);
        return sums.to(float64).cpu().contiguous().data<double>().ToArray();
    }
}
