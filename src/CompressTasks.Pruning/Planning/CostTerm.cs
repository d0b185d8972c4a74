using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Planning;

/// <summary>A part of a network's cost that depends on the lengths of some axes; an axis may count twice.</summary>
abstract class CostTerm(TrackedAxis[] axes)
{
    public TrackedAxis[] Axes => axes;

    /// <param name="lengths">Living lengths of the axes, in their order.</param>
    public abstract double At(ReadOnlySpan<int> lengths);
}

/// <summary>A factor times the product of the lengths.</summary>
sealed class ProductTerm(long factor, TrackedAxis[] axes) : CostTerm(axes)
{
    public long Factor => factor;

    public override double At(ReadOnlySpan<int> lengths)
    {
        double product = factor;
        foreach (var length in lengths) product *= length;
        return product;
    }
}
