using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>The original as the stages see it: simplified, with concrete shapes, and its data in the shape of its input.</summary>
sealed class CompressionSubject : IDisposable
{
    CompressionSubject(CompressionRequest request, OnnxModel written, OnnxModel original, IReadOnlyDictionary<string, long[]> shapes)
    {
        Request = request;
        Written = written;
        Original = original;
        Shapes = shapes;
    }

    public CompressionRequest Request { get; }

    /// <summary>The model as the file has it, for comparing interfaces.</summary>
    public OnnxModel Written { get; }

    /// <summary>The same, simplified: the starting point of all candidates.</summary>
    public OnnxModel Original { get; }

    /// <summary>Shapes that costs and latency are counted at, by input.</summary>
    public IReadOnlyDictionary<string, long[]> Shapes { get; }

    public DataSet? Training { get; private init; }

    public DataSet? Validation { get; private init; }

    public DataSet? Test { get; private init; }

    /// <summary>What is done to samples before the model sees them.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>The data that tells what the model's inputs and classes are: the first there is.</summary>
    public DataSet? Data => Training ?? Validation ?? Test;

    /// <summary>The models that training learns from, simplified: those that the request names, else the original.</summary>
    public required IReadOnlyList<OnnxModel> Teachers { get; init; }

    /// <summary>The student that the request gives as a file, simplified and with the original's interface; null where there is none.</summary>
    public OnnxModel? Student { get; private init; }

    public OutputKind Outputs => ModelOutput.KindOf(Original);

    /// <param name="preprocessing">What is done to samples before the model sees them.</param>
    /// <exception cref="CompressException">Whatever is wrong with the model or the data, before any work is done.</exception>
    public static CompressionSubject Open(CompressionRequest request, Preprocessing preprocessing)
    {
        var written = OnnxModel.Read(request.Model);
        ModelChecker.Check(written);
        var original = written.Clone();
        Simplification.Apply(original);
        var shapes = ConcreteShapes.Of(original, request.Batch, request.Shapes);
        var subject = new CompressionSubject(request, written, original, shapes)
        {
            Preprocessing = preprocessing,
            Training = OpenData(request.TrainingData, original, preprocessing, needsLabels: false),
            Validation = OpenData(request.ValidationData, original, preprocessing, needsLabels: true),
            Test = OpenData(request.TestData, original, preprocessing, needsLabels: true),
            Teachers = request.Teachers.Count == 0 ? [original] : [.. request.Teachers.Select(teacher => teacher == CompressionRequest.OriginalTeacher ? original : TeacherFile.Read(teacher, original))],
            Student = request.Student is { } student && !request.IsStudentDerived ? StudentFile.Read(student, written) : null,
        };
        subject.Data?.EnsureSameClasses(subject.Validation);
        subject.Data?.EnsureSameClasses(subject.Test);
        return subject;
    }

    public void Dispose()
    {
        Training?.Dispose();
        Validation?.Dispose();
        Test?.Dispose();
    }

    static DataSet? OpenData(string? argument, OnnxModel model, Preprocessing preprocessing, bool needsLabels)
    {
        if (argument is null) return null;
        var inputs = InputShapes.Required(model);
        if (inputs.Count != 1)
        {
            throw new RecipeException(RecipeException.Incomplete, $"The model has {inputs.Count} inputs, and data can be given for models with one.", model.Path, "Leave the data out to cut the model without data.");
        }

        long[] shape = [.. inputs[0].Type.TensorType.Shape.Dim.Select(dimension => dimension.HasDimValue ? dimension.DimValue : -1)];
        var data = DataSets.Open(argument, preprocessing, shape).EnsureFits(shape);
        if (data.HasLabels || needsLabels) data.EnsureLabels(ModelOutput.WidthOf(model, data.SampleShape));
        return data;
    }
}
