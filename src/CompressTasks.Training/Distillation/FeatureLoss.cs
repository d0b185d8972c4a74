using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>How far a value inside a student is from one inside a teacher; see <see cref="FeatureKind"/> for the formulas.</summary>
public static class FeatureLoss
{
    const double Smallest = 1e-12;

    /// <param name="values">[n, channels, height, width].</param>
    /// <returns>[n, height, width]: squares summed over the channels.</returns>
    public static Tensor AttentionMap(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.square().sum(1).MoveToOuterDisposeScope();
    }

    /// <param name="student">A map [n, height, width].</param>
    /// <param name="teacher">A map; where it is of another size the larger one is averaged down.</param>
    public static Tensor Attention(Tensor student, Tensor teacher)
    {
        using var scope = NewDisposeScope();
        (student, teacher) = OfOneSize(student.unsqueeze(1), teacher.unsqueeze(1));
        Tensor Normalized(Tensor map) => nn.functional.normalize(map.flatten(1), 2, 1, Smallest);
        return Normalized(student).sub(Normalized(teacher)).square().sum(1).mean().MoveToOuterDisposeScope();
    }

    /// <param name="student">The student's value after its projection.</param>
    /// <param name="teacher">Of the same shape, but that heights and widths may differ: the larger one is averaged down.</param>
    public static Tensor Values(Tensor student, Tensor teacher)
    {
        using var scope = NewDisposeScope();
        if (student.dim() == 4) (student, teacher) = OfOneSize(student, teacher);
        return student.sub(teacher).square().sum().div(teacher.square().sum().clamp_min(Smallest)).MoveToOuterDisposeScope();
    }

    /// <summary>Two tensors [n, channels, height, width] brought to the smaller height and width by averaging.</summary>
    internal static (Tensor, Tensor) OfOneSize(Tensor first, Tensor second)
    {
        var (height, width) = (Math.Min(first.shape[2], second.shape[2]), Math.Min(first.shape[3], second.shape[3]));
        Tensor Fitted(Tensor value) => value.shape[2] == height && value.shape[3] == width ? value : nn.functional.adaptive_avg_pool2d(value, (height, width));
        return (Fitted(first), Fitted(second));
    }
}
