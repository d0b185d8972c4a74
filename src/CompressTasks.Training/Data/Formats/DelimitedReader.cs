using System.Text;

namespace CompressTasks.Training;

/// <summary>
/// Records of a CSV or TSV file (RFC 4180): cells may be quoted, a quote in one is doubled, and a quoted cell may hold separators and line
/// breaks. Empty lines are passed over.
/// </summary>
sealed class DelimitedReader(Stream content, char separator, string path) : IDisposable
{
    /// <summary>Longest record, in characters: a file without line breaks is no table.</summary>
    const int LongestRecord = 1 << 24;

    readonly StreamReader text = new(content, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true, 1 << 16);
    readonly List<int> ends = [];
    char[] cells = new char[256];
    int length, lineBreaks;

    /// <summary>Where the record begins, from 1.</summary>
    public int Line { get; private set; }

    public int Count => ends.Count;

    public ReadOnlySpan<char> this[int cell] => cells.AsSpan((cell == 0 ? 0 : ends[cell - 1])..ends[cell]);

    /// <summary>Goes to the next record.</summary>
    /// <exception cref="TrainingException">CMP0402.</exception>
    public bool Read()
    {
        try
        {
            while (text.Peek() is '\r' or '\n') SkipLineBreak((char)text.Read());
            if (text.Peek() < 0) return false;
            (length, Line) = (0, lineBreaks + 1);
            ends.Clear();
            while (ReadCell())
            {
            }

            return true;
        }
        catch (DecoderFallbackException exception)
        {
            throw Malformed("is not UTF-8 text", exception);
        }
    }

    public TrainingException Malformed(string what, Exception? cause = null) => DataFile.Malformed(path, FormattableString.Invariant($"{what} (line {Line})."), cause);

    public void Dispose() => text.Dispose();

    /// <returns>False after the record's last cell.</returns>
    bool ReadCell()
    {
        if (text.Peek() == '"') ReadQuoted();
        while (true)
        {
            var next = text.Read();
            if (next < 0 || next == separator || next is '\r' or '\n')
            {
                ends.Add(length);
                if (next is '\r' or '\n') SkipLineBreak((char)next);
                return next == separator;
            }

            if (next == '"') throw Malformed("has a quote inside a cell that is not quoted as a whole");
            Append((char)next);
        }
    }

    void ReadQuoted()
    {
        text.Read();
        while (true)
        {
            var next = text.Read();
            if (next < 0) throw Malformed("has a quoted cell without an end");
            if (next == '"')
            {
                if (text.Peek() != '"')
                {
                    var after = text.Peek();
                    if (after >= 0 && after != separator && after is not ('\r' or '\n')) throw Malformed("has text after the closing quote of a cell");
                    return;
                }

                text.Read();
            }
            else if (next == '\n')
            {
                lineBreaks++;
            }

            Append((char)next);
        }
    }

    void SkipLineBreak(char first)
    {
        if (first == '\r' && text.Peek() == '\n') text.Read();
        lineBreaks++;
    }

    void Append(char next)
    {
        if (length == cells.Length)
        {
            if (length >= LongestRecord) throw Malformed("has a record of more than 16 million characters");
            Array.Resize(ref cells, length * 2);
        }

        cells[length++] = next;
    }
}
