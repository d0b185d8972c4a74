using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>How often each class was labelled, answered, and both; and who was taken for whom.</summary>
sealed class ClassCounts : IDisposable
{
    readonly Tensor samples, answers, right;
    readonly Tensor? confusion;

    public ClassCounts(long classes, bool withConfusion, Device device)
    {
        Tensor Zeros(params long[] shape) => zeros(shape, ScalarType.Int64, device).DetachFromDisposeScope();
        (samples, answers, right) = (Zeros(classes), Zeros(classes), Zeros(classes));
        if (withConfusion && classes <= EvaluationDetails.MostClassesConfused) confusion = Zeros(classes * classes);
    }

    /// <param name="decided">Classes, int64, any shape.</param>
    /// <param name="labels">Likewise.</param>
    public void AddClasses(Tensor decided, Tensor labels)
    {
        var (answered, labelled) = (decided.flatten(), labels.flatten());
        var one = ones_like(answered);
        answers.index_add_(0, answered, one, 1);
        samples.index_add_(0, labelled, one, 1);
        right.index_add_(0, labelled, answered.eq(labelled).to(ScalarType.Int64), 1);
        confusion?.index_add_(0, labelled.mul(samples.shape[0]).add_(answered), one, 1);
    }

    /// <param name="decided">bool [n, labels].</param>
    /// <param name="labels">bool [n, labels].</param>
    public void AddLabels(Tensor decided, Tensor labels)
    {
        answers.add_(decided.sum([0L]));
        samples.add_(labels.sum([0L]));
        right.add_(decided.logical_and(labels).sum([0L]));
    }

    public IReadOnlyList<ClassResult> Results()
    {
        var (labelled, answered, both) = (Numbers(samples), Numbers(answers), Numbers(right));
        return [.. labelled.Select((count, index) => new ClassResult(index, count, answered[index], both[index]))];
    }

    public long[,]? Confusion()
    {
        if (confusion is null) return null;
        var classes = (int)samples.shape[0];
        var table = new long[classes, classes];
        Buffer.BlockCopy(Numbers(confusion), 0, table, 0, table.Length * sizeof(long));
        return table;
    }

    public void Dispose()
    {
        foreach (var counts in (Tensor?[])[samples, answers, right, confusion]) counts?.Dispose();
    }

    static long[] Numbers(Tensor counts)
    {
        using var onCpu = counts.cpu();
        return onCpu.data<long>().ToArray();
    }
}
