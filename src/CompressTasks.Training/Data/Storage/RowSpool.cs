using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Collects rows of numbers whose count is not known before: in memory, and past a limit in a temporary file.</summary>
/// <param name="length">Numbers of a row.</param>
/// <param name="mostBytes">What they can come to, for a look at the disk.</param>
sealed class RowSpool(int length, string source, long mostInMemory, long mostBytes) : IDisposable
{
    readonly List<float> kept = [];
    SafeFileHandle? file;
    long written;
    int count;

    public void Add(ReadOnlySpan<float> row)
    {
        kept.AddRange(row);
        count++;
        if ((long)kept.Count * sizeof(float) > mostInMemory) Write();
    }

    /// <summary>What was collected; nothing may be added afterwards.</summary>
    public Rows ToRows()
    {
        if (file is null) return new MemoryRows(tensor(CollectionsMarshal.AsSpan(kept).ToArray()).view(count, length));
        Write();
        var rows = new FileRows(file, source, 0, (long)length * sizeof(float), StoredElements.Floats, [count, length]);
        file = null;
        return rows;
    }

    public void Dispose() => file?.Dispose();

    void Write()
    {
        file ??= UnpackedFile.Create(mostBytes, source);
        var bytes = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(kept));
        RandomAccess.Write(file, bytes, written);
        written += bytes.Length;
        kept.Clear();
    }
}
