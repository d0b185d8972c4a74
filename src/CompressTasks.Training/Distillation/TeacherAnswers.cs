using System.Security.Cryptography;
using System.Text;
using CompressTasks.Onnx;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// What one teacher says about the samples of one data set. Where the samples never change it is asked once and the answers are kept as
/// rows of float32: in the cache folder, where later trainings find them, else in memory or a temporary file. Otherwise, or
/// where that would be too much, it is asked for each batch.
/// </summary>
sealed class TeacherAnswers : IDisposable
{
    /// <summary>Samples that a teacher sees at once. One number for all, since the last bits of an answer may depend on it.</summary>
    const int BatchSize = 256;

    const long MostInMemory = 256L << 20;

    readonly Teacher teacher;
    readonly IReadOnlyList<TeacherValue> values;
    readonly string[] names;
    readonly long[][] shapes;
    Rows? kept;

    /// <param name="values">What is wanted besides the outputs.</param>
    /// <param name="data">The samples that will be asked about.</param>
    /// <param name="device">Where the teacher's inputs lie.</param>
    public TeacherAnswers(Teacher teacher, IReadOnlyList<TeacherValue> values, DataSet data, Device device)
    {
        this.teacher = teacher;
        this.values = values;
        names = [.. values.Select(value => value.Name)];
        using var scope = NewDisposeScope();
        shapes = [.. Ask(data.Read([0]).Inputs.to(device)).Select(answer => answer.shape[1..])];
    }

    public bool AreKept => kept is not null;

    int RowLength => checked((int)shapes.Sum(Length));

    /// <summary>Asks about all samples, or finds what was said about them before; does nothing where that would take more than <paramref name="mostBytes"/>.</summary>
    /// <param name="cache">Where answers outlive the training; null: they do not.</param>
    /// <param name="say">Is told how far it is.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="TrainingException">CMP0504 where the cache folder cannot be written.</exception>
    public void Keep(DataSet data, long mostBytes, TeacherCache? cache, Device device, Action<string> say, CancellationToken cancellation)
    {
        if ((double)RowLength * sizeof(float) * data.Count > mostBytes) return;
        if (cache is null || teacher.Identity.Length == 0)
        {
            using var spool = new RowSpool(RowLength, data.Source, MostInMemory, (long)RowLength * sizeof(float) * data.Count);
            foreach (var rows in All(data, device, say, cancellation))
            {
                for (var row = 0; row < rows.shape[0]; row++) spool.Add(rows[row].data<float>().ToArray());
            }

            kept = spool.ToRows();
            return;
        }

        var file = AnswerFile.PathOf(cache, FormattableString.Invariant($"{teacher.Identity} {get_num_threads()} {data.ContentHash} {string.Join(' ', values)} {device.type}"));
        kept = AnswerFile.Open(file, data.Count, RowLength);
        if (kept is not null)
        {
            say(FormattableString.Invariant($"the teacher's answers to {data.Count} samples are in the cache"));
            return;
        }

        AnswerFile.MakeRoom(cache, (long)RowLength * sizeof(float) * data.Count);
        AnswerFile.Write(file, All(data, device, say, cancellation));
        kept = AnswerFile.Open(file, data.Count, RowLength) ?? throw AnswerFile.NotKept(file, "it does not hold what was written");
    }

    /// <summary>The outputs and the wanted values, in the caller's dispose scope.</summary>
    /// <param name="inputs">The batch as the student sees it.</param>
    /// <param name="indices">Its samples' indices in the data set.</param>
    public IReadOnlyList<Tensor> For(Tensor inputs, int[] indices)
    {
        if (kept is null) return Ask(inputs);
        using var scope = NewDisposeScope();
        var rows = kept.Read(indices).to(inputs.device);
        var answers = new Tensor[shapes.Length];
        for (long part = 0, start = 0; part < answers.Length; part++)
        {
            var length = Length(shapes[part]);
            answers[part] = rows.narrow(1, start, length).reshape([indices.Length, .. shapes[part]]).MoveToOuterDisposeScope();
            start += length;
        }

        return answers;
    }

    public void Dispose() => kept?.Dispose();

    IReadOnlyList<Tensor> Ask(Tensor inputs)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var answers = teacher.Answer(inputs, names);
        return [answers[0].MoveToOuterDisposeScope(), .. values.Select((value, index) => value.Condensed(answers[index + 1]).MoveToOuterDisposeScope())];
    }

    /// <summary>The rows of all samples in their order, batch by batch, on the CPU.</summary>
    IEnumerable<Tensor> All(DataSet data, Device device, Action<string> say, CancellationToken cancellation)
    {
        var done = 0;
        foreach (var (indices, batch) in ReadAhead.Of(data, BatchPlan.InOrder(data.Count, BatchSize)))
        {
            using var read = batch;
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            yield return cat([.. Ask(batch.Inputs.to(device)).Select(answer => answer.flatten(1).to(ScalarType.Float32))], 1).cpu().contiguous();
            done += indices.Length;
            say(FormattableString.Invariant($"the teacher answers in {teacher.Place ?? "this process"}: {done} of {data.Count} samples"));
        }
    }

    static long Length(long[] shape) => shape.Aggregate(1L, (product, length) => product * length);
}

/// <summary>A value of a teacher and what is wanted of it.</summary>
readonly record struct TeacherValue(string Name, FeatureKind Kind)
{
    /// <summary>The value as it is kept: of one whose attention counts the map alone.</summary>
    public Tensor Condensed(Tensor value) => Kind == FeatureKind.Attention ? FeatureLoss.AttentionMap(value) : value;
}

/// <summary>Rows of answers in the cache folder: numbers as float32, little-endian, one sample after the other, then the SHA-256 of all of them.</summary>
static class AnswerFile
{
    const string Extension = ".answers";

    /// <summary>A file is closed for a moment between being checked, or written, and being opened.</summary>
    static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    public static string PathOf(TeacherCache cache, string identity) =>
        Path.Combine(cache.Folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{cache.Machine} {identity}")))[..32] + Extension);

    /// <summary>The rows; null where there is no such file, or it is damaged or cannot be read.</summary>
    public static Rows? Open(string path, int count, int rowLength)
    {
        var bytes = (long)count * rowLength * sizeof(float);
        if (!File.Exists(path)) return null;
        try
        {
            using (var file = File.OpenRead(path))
            {
                if (file.Length != bytes + SHA256.HashSizeInBytes || !HoldsItsHash(file, bytes)) return null;
            }

            var opened = File.OpenHandle(path);
            MarkUsed(path);
            return new FileRows(opened, path, 0, (long)rowLength * sizeof(float), StoredElements.Floats, [count, rowLength]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Deletes what was used longest ago until <paramref name="bytes"/> more are within the cache's limit. What a process has open, or used within the last minute, stays; so
    /// does all that cannot be deleted, since room is no reason to end a training.
    /// </summary>
    public static void MakeRoom(TeacherCache cache, long bytes)
    {
        try
        {
            var folder = new DirectoryInfo(cache.Folder);
            if (!folder.Exists) return;
            // Those that are still being written, or were when their process was killed, count as well.
            FileInfo[] files = [.. folder.EnumerateFiles("*" + Extension + "*")];
            var total = files.Sum(file => file.Length) + bytes;
            var justUsed = DateTime.UtcNow - Young;
            foreach (var file in files.Where(file => UsedAt(file) < justUsed).OrderBy(UsedAt))
            {
                if (total <= cache.MostBytes) return;
                if (TryDelete(file.FullName)) total -= file.Length;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process deletes here too, or the folder cannot be listed.
        }
    }

    /// <exception cref="TrainingException">CMP0504.</exception>
    public static void Write(string path, IEnumerable<Tensor> rows)
    {
        try
        {
            using var files = new FileReplacement();
            using (var file = files.Create(Path.GetFullPath(path)))
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                foreach (var part in rows)
                {
                    hash.AppendData(part.bytes);
                    file.Write(part.bytes);
                }

                file.Write(hash.GetHashAndReset());
            }

            files.Commit();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotKept(path, exception.Message, exception);
        }
    }

    public static TrainingException NotKept(string path, string reason, Exception? cause = null) => new(
        TrainingException.Answers, $"The teacher's answers cannot be kept in '{path}': {reason}", path, "Make room in the cache folder or make it writable, or move it (COMPRESSTASKS_CACHE).", cause);

    /// <summary>The time of last access as it is set on each use, since systems do not keep it themselves, or of writing.</summary>
    static DateTime UsedAt(FileInfo file) => file.LastAccessTimeUtc > file.LastWriteTimeUtc ? file.LastAccessTimeUtc : file.LastWriteTimeUtc;

    static void MarkUsed(string path)
    {
        try
        {
            File.SetLastAccessTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A folder that can only be read keeps what it has.
        }
    }

    static bool TryDelete(string path)
    {
        try
        {
            // Opened alone, which nobody can who finds it in use.
            new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    static bool HoldsItsHash(FileStream file, long bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (var left = bytes; left > 0;)
        {
            var read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0) return false;
            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        Span<byte> written = stackalloc byte[SHA256.HashSizeInBytes];
        file.ReadExactly(written);
        return written.SequenceEqual(hash.GetHashAndReset());
    }
}
