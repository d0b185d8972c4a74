using System.Globalization;
using CompressTasks.Pipeline;

namespace CompressTasks.Tool.Terminal;

/// <summary>
/// Progress on stderr. A terminal gets one line that is redrawn at most ten times a second; a log gets a line when a stage begins and
/// then at most every ten seconds or ten per cent.
/// </summary>
sealed class ProgressDisplay(ToolConsole console, bool everyEvent) : IProgress<ProgressEvent>
{
    const int BarWidth = 20;
    const string EraseLine = "\r\e[K";
    static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10), RedrawInterval = TimeSpan.FromMilliseconds(100);

    readonly Lock gate = new();
    string? stage;
    double shownFraction;
    long shownAt;
    bool isDrawn;

    public void Report(ProgressEvent value)
    {
        lock (gate)
        {
            if (console.IsErrorTerminal && !everyEvent) Redraw(value);
            else Log(value);
        }
    }

    /// <summary>Removes the redrawn line, so that other output does not run into it.</summary>
    public void Clear()
    {
        lock (gate)
        {
            if (!isDrawn) return;
            console.Error.Write(EraseLine);
            console.Error.Flush();
            isDrawn = false;
        }
    }

    void Redraw(ProgressEvent value)
    {
        if (isDrawn && value.Stage == stage && Since < RedrawInterval) return;
        Remember(value);
        var bar = value.Fraction is { } fraction ? Bar(fraction, console.Width >= 60) : "";
        var line = $"{value.Stage}  {bar}{value.Message}";
        // One column stays free: a full line would make the terminal scroll.
        if (line.Length >= console.Width) line = line[..Math.Max(0, console.Width - 2)] + "…";
        console.Error.Write(EraseLine + line);
        console.Error.Flush();
        isDrawn = true;
    }

    void Log(ProgressEvent value)
    {
        var isNews = everyEvent || value.Stage != stage || Since >= LogInterval || value.Fraction - shownFraction >= 0.1;
        if (!isNews) return;
        Remember(value);
        var percent = value.Fraction is { } fraction ? string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:0} % ") : "";
        console.Error.WriteLine($"{value.Stage}: {percent}{value.Message}");
    }

    TimeSpan Since => console.Time.GetElapsedTime(shownAt);

    void Remember(ProgressEvent value)
    {
        stage = value.Stage;
        shownFraction = value.Fraction ?? 0;
        shownAt = console.Time.GetTimestamp();
    }

    static string Bar(double fraction, bool isWide)
    {
        var share = Math.Clamp(fraction, 0, 1);
        var percent = string.Create(CultureInfo.InvariantCulture, $"{100 * share,3:0} %  ");
        if (!isWide) return percent;
        var filled = (int)Math.Round(share * BarWidth);
        return new string('█', filled) + new string('░', BarWidth - filled) + " " + percent;
    }
}
