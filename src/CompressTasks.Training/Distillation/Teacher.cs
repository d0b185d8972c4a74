using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>What a student learns from. It runs in inference mode and without gradients.</summary>
public abstract class Teacher : IDisposable
{
    /// <summary>
    /// All that decides the answers but the number of threads, as text: it is part of what a checkpoint has to agree in, and answers are kept on disk under it. Empty where
    /// nothing is known; then answers are kept for one training only.
    /// </summary>
    public virtual string Identity => "";

    /// <summary>What it runs in, for people; null where there is nothing to say.</summary>
    public virtual string? Place => null;

    /// <param name="inputs">[n, ...], on any device.</param>
    /// <param name="values">Names of values inside that are wanted too.</param>
    /// <returns>The outputs [n, ...], then the values [n, ...], in the caller's dispose scope.</returns>
    public abstract IReadOnlyList<Tensor> Answer(Tensor inputs, IReadOnlyList<string> values);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>What the outputs are.</summary>
    internal virtual OutputKind Outputs => OutputKind.Values;

    /// <summary>What the outputs mean beside a data set: see <see cref="OutputReading.Distributions(Tensor, OutputKind, DataSet)"/>.</summary>
    /// <param name="areQuestions">See <see cref="OutputReading.AreQuestions"/>.</param>
    internal virtual Tensor Distributions(Tensor outputs, DataSet data, bool areQuestions) => outputs;

    /// <summary>Decides, where that takes a measurement, what it runs in.</summary>
    /// <param name="sample">A batch of the data.</param>
    internal virtual void Settle(Tensor sample, TeacherCache? cache)
    {
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>A teacher that is a function from inputs to distributions.</summary>
sealed class FunctionTeacher(Func<Tensor, Tensor> answer) : Teacher
{
    public override IReadOnlyList<Tensor> Answer(Tensor inputs, IReadOnlyList<string> values) => values.Count == 0
        ? [answer(inputs)]
        : throw new TrainingException(TrainingException.Recipe, "The recipe's 'features' need a teacher that is a graph.");
}

/// <summary>Where answers of teachers, and what they were found to run fastest in, outlive a training.</summary>
/// <param name="Folder">Made where it is missing.</param>
/// <param name="Machine">What else decides the bits of an answer: version, kind of processor.</param>
public sealed record TeacherCache(string Folder, string Machine)
{
    /// <summary>Bytes above which the answers that were used longest ago are deleted to make room for new ones; 10 GiB.</summary>
    public long MostBytes { get; init; } = 10L << 30;
}
