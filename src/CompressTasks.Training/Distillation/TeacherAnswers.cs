using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// What the teachers say about the samples of one data set. Where the samples never change they are asked once and the answers
/// kept in memory (float32, samples x outputs); otherwise, or where that would be too much, they are asked for each batch.
/// </summary>
sealed class TeacherAnswers : IDisposable
{
    readonly Distillation distillation;
    readonly bool isRegression;
    Tensor? kept;

    /// <param name="distillation">The teachers.</param>
    /// <param name="data">The samples that will be asked about.</param>
    /// <param name="isFixed">True where a sample is the same each time that it is read: no augmentation.</param>
    /// <param name="batchSize">Samples that the teachers see at once.</param>
    /// <param name="device">Where the teachers run.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public TeacherAnswers(Distillation distillation, DataSet data, bool isFixed, int batchSize, Device device, CancellationToken cancellation)
    {
        this.distillation = distillation;
        isRegression = data.Labels == LabelKind.Targets;
        if (!isFixed) return;
        foreach (var (indices, batch) in ReadAhead.Of(data, BatchPlan.InOrder(data.Count, batchSize)))
        {
            using var read = batch;
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var answers = distillation.Answers(batch.Inputs.to(device), isRegression);
            if (kept is null)
            {
                long[] shape = [data.Count, .. answers.shape[1..]];
                if (shape.Aggregate((double)sizeof(float), (product, length) => product * length) > distillation.CacheLimit) return;
                kept = empty(shape, device: device).DetachFromDisposeScope();
            }

            kept.narrow(0, indices[0], indices.Length).copy_(answers);
        }
    }

    public bool AreKept => kept is not null;

    /// <param name="inputs">The batch as the student sees it.</param>
    /// <param name="indices">Its samples' indices in the data set.</param>
    public Tensor For(Tensor inputs, int[] indices)
    {
        if (kept is null) return distillation.Answers(inputs, isRegression);
        using var index = tensor(indices, device: kept.device);
        return kept.index_select(0, index);
    }

    public void Dispose() => kept?.Dispose();
}
