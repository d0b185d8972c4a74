using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Opens what a student learns from.</summary>
public static class TeacherFile
{
    /// <summary>The ending of a training's state, whose weights make a teacher too.</summary>
    public const string CheckpointExtension = ".checkpoint";

    /// <summary>What teachers said about data, by the content of both, in a cache folder.</summary>
    public static TeacherCache AnswersIn(string cacheFolder) => new(Path.Combine(cacheFolder, "answers"), $"{CacheKey.Tool} {CacheKey.DeviceClass}");

    /// <param name="path">An ONNX file, or a checkpoint of a training of <paramref name="student"/>'s graph.</param>
    /// <param name="student">Whose inputs and outputs the teacher has to have.</param>
    /// <returns>The teacher, simplified.</returns>
    /// <exception cref="RecipeException">CMP0112 where it is for another task.</exception>
    /// <exception cref="CompressException">CMP0001 to CMP0007 what is wrong with the file; CMP0502 with the checkpoint.</exception>
    public static OnnxModel Read(string path, OnnxModel student)
    {
        if (path.EndsWith(CheckpointExtension, StringComparison.OrdinalIgnoreCase)) return CheckpointWeights.Applied(path, student);
        var teacher = OnnxModel.Read(path);
        ModelChecker.Check(teacher);
        Simplification.Apply(teacher);
        var (inputs, outputs) = (InputShapes.Required(teacher).Count, ModelOutput.WidthOf(teacher));
        if (inputs == 1 && outputs == ModelOutput.WidthOf(student)) return teacher;
        throw new RecipeException(RecipeException.Incomplete, FormattableString.Invariant($"The teacher '{path}' has {inputs} inputs and {outputs} outputs per sample; it has to have 1 and {ModelOutput.WidthOf(student)} as the model has."), path, "Give a teacher for the same task.");
    }
}
