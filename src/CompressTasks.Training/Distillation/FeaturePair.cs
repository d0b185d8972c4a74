using System.Text.Json.Serialization;

namespace CompressTasks.Training;

/// <summary>A value inside the student that is to be like one inside the teacher.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record FeaturePair
{
    /// <summary>The name that stands for all pairs that <see cref="AutomaticPairs"/> finds.</summary>
    public const string Automatic = "auto";

    /// <summary>Name of a value (the output of a node) in the student's graph, or <see cref="Automatic"/>.</summary>
    public string Student { get; init; } = Automatic;

    /// <summary>Name of a value in the first teacher's graph, or <see cref="Automatic"/>.</summary>
    public string Teacher { get; init; } = Automatic;

    /// <summary>Weight of this part of the loss; above 0.</summary>
    public double Weight { get; init; } = 1;

    public FeatureKind Kind { get; init; } = FeatureKind.Values;

    /// <exception cref="TrainingException">CMP0120.</exception>
    internal void Validate()
    {
        TrainingRecipe.Require(double.IsFinite(Weight) && Weight > 0, "weight", "above 0");
        TrainingRecipe.Require(Student.Length > 0 && Teacher.Length > 0, "features", "pairs of names");
        TrainingRecipe.Require(Student == Automatic == (Teacher == Automatic), "features", "pairs of names, or auto on both sides");
    }
}

/// <summary>In what two values are to be alike.</summary>
public enum FeatureKind
{
    /// <summary>
    /// In their numbers (Romero et al., "FitNets", 2015): ||p(student) - teacher||^2 / ||teacher||^2 over the batch, p a learned linear
    /// map of the channels where the widths differ.
    /// </summary>
    Values,

    /// <summary>
    /// In where they are large (Zagoruyko and Komodakis, "Paying More Attention to Attention", 2017): the squares summed over the channels, one map
    /// [height, width] for each sample, made of length 1; the loss is the squared distance of the maps, the mean over the samples.
    /// </summary>
    Attention,
}
