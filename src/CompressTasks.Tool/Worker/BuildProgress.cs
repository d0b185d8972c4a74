using System.Diagnostics;
using System.Globalization;
using CompressTasks.Pipeline;

namespace CompressTasks.Tool.Worker;

/// <summary>Progress for a build's log: a line when a stage begins, then at most every ten seconds.</summary>
sealed class BuildProgress(TextWriter output) : IProgress<ProgressEvent>
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    readonly Lock gate = new();
    string? stage;
    long shownAt;

    public void Report(ProgressEvent value)
    {
        lock (gate)
        {
            if (value.Stage == stage && Stopwatch.GetElapsedTime(shownAt) < Interval) return;
            stage = value.Stage;
            shownAt = Stopwatch.GetTimestamp();
            var percent = value.Fraction is { } fraction ? string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:0} % ") : "";
            output.WriteLine($"compress> {value.Stage}: {percent}{value.Message}");
            output.Flush();
        }
    }
}
