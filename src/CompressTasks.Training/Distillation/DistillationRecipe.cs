using System.Text.Json.Serialization;

namespace CompressTasks.Training;

/// <summary>
/// How much, and how softly, a student learns from its teachers (Hinton, Vinyals and Dean, "Distilling the Knowledge in a
/// Neural Network", 2015): loss = (1 - Alpha) * L(labels) + Alpha * Temperature^2 * KL(teacher_T || student_T).
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DistillationRecipe
{
    /// <summary>Divides the logits before the softmax; above 0. The factor T^2 keeps the gradients' size the same for every T.</summary>
    public double Temperature { get; init; } = 4;

    /// <summary>The teachers' part of the loss, 0 to 1. Without labels it counts as 1.</summary>
    public double Alpha { get; init; } = 0.9;

    /// <exception cref="TrainingException">CMP0120.</exception>
    public void Validate()
    {
        TrainingRecipe.Require(double.IsFinite(Temperature) && Temperature > 0, "temperature", "above 0");
        TrainingRecipe.Require(Alpha is >= 0 and <= 1, "alpha", "from 0 to 1");
    }
}
