using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>How an array lies in a file, once its header has been read and its size was found to be the file's.</summary>
/// <param name="IsFortran">True where the first axis runs fastest.</param>
sealed record ArrayLayout(StoredElements Elements, long[] Shape, bool IsFortran = false)
{
    const int BlockBytes = 1 << 26;

    long Bytes => Shape.Aggregate((long)Elements.Size, (product, length) => product * length);

    /// <summary>
    /// The rows of the array: in memory where they fit the limit, else in the file itself, or, where they are packed or in Fortran's
    /// order, in a temporary file.
    /// </summary>
    /// <param name="content">Positioned at the first number.</param>
    /// <param name="position">Where the numbers lie in the file at <paramref name="path"/>; null where they are packed.</param>
    /// <param name="mostInMemory">Bytes.</param>
    /// <exception cref="EndOfStreamException">The file ends too early.</exception>
    /// <exception cref="TrainingException">CMP0402.</exception>
    public Rows Open(Stream content, string path, long? position, long mostInMemory)
    {
        if (Shape is not [> 0 and <= int.MaxValue, ..])
        {
            throw new TrainingException(
                TrainingException.DataFormat,
                $"An array of '{Path.GetFileName(path)}' has the shape {DataSet.Text(Shape)}; its first axis has to count the samples.",
                path);
        }

        var isTurned = IsFortran && Shape.Length > 1;
        if (Bytes <= mostInMemory) return new MemoryRows(isTurned ? ReadTurned(content) : Elements.Read(content, Shape));
        var (file, start) = position is { } known
            ? (File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read), known)
            : (Unpack(content, path), 0);
        if (isTurned) (file, start) = (Turn(file, start, path), 0);
        return new FileRows(file, path, start, Bytes / Shape[0], Elements, Shape);
    }

    Tensor ReadTurned(Stream content)
    {
        using var scope = NewDisposeScope();
        var columns = Elements.Read(content, [.. Shape.Reverse()]);
        return columns.permute([.. Enumerable.Range(0, Shape.Length).Select(axis => (long)axis).Reverse()]).contiguous().MoveToOuterDisposeScope();
    }

    SafeFileHandle Unpack(Stream content, string path)
    {
        var target = UnpackedFile.Create(Bytes, path);
        try
        {
            var buffer = new byte[1 << 20];
            for (long position = 0, bytes = Bytes; position < bytes;)
            {
                var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, bytes - position));
                content.ReadExactly(part);
                RandomAccess.Write(target, part, position);
                position += part.Length;
            }

            return target;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    /// <summary>Rewrites a file of columns as rows, a block of rows at a time: each column gives one run of neighbours to a block.</summary>
    SafeFileHandle Turn(SafeFileHandle source, long start, string path)
    {
        using var columnsOwner = source;
        var rowLength = Bytes / Shape[0] / Elements.Size;
        var rowsAtOnce = (int)Math.Clamp(BlockBytes / (rowLength * Elements.Size), 1, Shape[0]);
        var target = UnpackedFile.Create(Bytes, path);
        try
        {
            // Bytes are moved, not numbers: the byte order is mended when rows are read.
            using var scope = NewDisposeScope();
            for (long first = 0; first < Shape[0]; first += rowsAtOnce)
            {
                using var blockScope = NewDisposeScope();
                var rows = (int)Math.Min(rowsAtOnce, Shape[0] - first);
                var columns = empty([rowLength, rows, Elements.Size], ScalarType.Byte);
                for (long column = 0; column < rowLength; column++)
                {
                    var run = columns.select(0, column).bytes;
                    DataFile.ReadExactly(source, path, run, start + (((column * Shape[0]) + first) * Elements.Size));
                }

                // Fortran's order of a row's own axes is turned too.
                long[] turned = [rows, .. Shape[1..]];
                var block = columns.reshape([.. turned.Reverse(), Elements.Size]);
                var rank = turned.Length;
                using var plain = block.permute([.. Enumerable.Range(0, rank).Select(axis => (long)(rank - 1 - axis)), rank]).contiguous();
                RandomAccess.Write(target, plain.bytes, first * rowLength * Elements.Size);
            }

            return target;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }
}
