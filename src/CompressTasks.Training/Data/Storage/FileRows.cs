using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Rows that stay in their file and are read when they are asked for, in the order in which they lie there. Read rather than mapped: a
/// file that is cut short meanwhile is an error and not the end of the process, and memory holds no more than a batch.
/// </summary>
/// <param name="file">Owned from now on.</param>
/// <param name="path">For messages.</param>
/// <param name="start">Position of the first row.</param>
/// <param name="stride">Bytes from one row to the next.</param>
/// <param name="shape">Of all rows; its first length counts them.</param>
sealed class FileRows(SafeFileHandle file, string path, long start, long stride, StoredElements elements, long[] shape) : Rows
{
    /// <summary>Neighbours are read together up to so many bytes.</summary>
    const int LongestRead = 1 << 22;

    readonly long rowBytes = shape.Skip(1).Aggregate((long)elements.Size, (product, length) => product * length);

    public override int Count => (int)shape[0];

    public override long[] RowShape => shape[1..];

    public override ScalarType Type => elements.LoadedType;

    public override int ReadersAhead => 2;

    public override Tensor Read(ReadOnlySpan<int> indices)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var values = empty([indices.Length, .. RowShape], elements.Type);
        if (values.numel() > 0) Fill(values, indices);
        try
        {
            return elements.Finished(values).MoveToOuterDisposeScope();
        }
        catch (OverflowException exception)
        {
            throw DataFile.Malformed(path, $"is damaged: {exception.Message}", exception);
        }
    }

    public override void Dispose() => file.Dispose();

    unsafe void Fill(Tensor values, ReadOnlySpan<int> indices)
    {
        using var firstRow = values.narrow(0, 0, 1);
        var places = new int[indices.Length];
        for (var i = 0; i < places.Length; i++) places[i] = i;
        var sorted = indices.ToArray();
        Array.Sort(sorted, places);
        // Native memory does not move; a span of all of it could be too long for one.
        var target = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(firstRow.bytes));
        for (int i = 0, length; i < sorted.Length; i += length)
        {
            length = 1;
            while (stride == rowBytes && i + length < sorted.Length && (length + 1) * rowBytes <= LongestRead
                && sorted[i + length] == sorted[i] + length && places[i + length] == places[i] + length)
            {
                length++;
            }

            DataFile.ReadExactly(file, path, new Span<byte>(target + (places[i] * rowBytes), checked((int)(length * rowBytes))), start + (sorted[i] * stride));
        }
    }
}
