namespace CompressTasks.Training;

/// <summary>
/// The batch size that a model was exported for and the one that it runs with. Exporters that are not told of a dynamic batch write its
/// length into reshape targets ([1,-1] before a classifier, [1,2,58,28,28] in a channel shuffle); such a target is read as if it had been
/// written for the batch at hand. The batch is the leading axis.
/// </summary>
/// <param name="Declared">The first length of the model's input, where that is fixed, else 0.</param>
/// <param name="Given">The first length of what is fed.</param>
readonly record struct FixedBatch(long Declared, long Given)
{
    /// <summary>Adapts a reshape's target in place; <paramref name="source"/> is the shape of what is reshaped.</summary>
    public void Adapt(long[] target, long[] source)
    {
        if (Declared <= 0 || Declared == Given || target.Length == 0) return;
        if (target.Contains(-1))
        {
            if (target[0] == Declared && source.Length > 0 && source[0] == Given) target[0] = Given;
            return;
        }

        var isShort = Axes.Product(target) * Given == Axes.Product(source) * Declared;
        if (isShort && target[0] * Given % Declared == 0) target[0] = target[0] * Given / Declared;
    }
}
