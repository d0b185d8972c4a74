using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace CompressTasks.Fuzzing;

/// <summary>Starts workers for a while, ends those that a case keeps busy for too long, and counts how the cases ended.</summary>
sealed class Supervisor(FuzzingOptions options)
{
    /// <summary>Processor time that one case may take; real time says nothing on a busy machine.</summary>
    static readonly TimeSpan LongestCase = TimeSpan.FromSeconds(20);

    static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    readonly SortedDictionary<string, int> counts = new(StringComparer.Ordinal);
    readonly SortedDictionary<string, (int Count, int First)> findings = new(StringComparer.Ordinal);
    readonly CaseFolder folder = new(options.Output);

    /// <returns>The number of different findings.</returns>
    public async Task<int> RunAsync()
    {
        var clock = Stopwatch.StartNew();
        var next = options.First;
        while (clock.Elapsed < options.Time) next = await Watch(next, clock);
        Console.WriteLine(FormattableString.Invariant($"{counts.Values.Sum()} cases in {clock.Elapsed.TotalSeconds:0} s: {string.Join(", ", counts.Select(count => $"{count.Value} {count.Key}"))}"));
        foreach (var (finding, (count, first)) in findings) Console.WriteLine($"{count} x {finding} (first: case {first})");
        return findings.Count;
    }

    /// <summary>Runs one worker until it ends, is ended, or time is up.</summary>
    /// <returns>The number of the case to go on with.</returns>
    async Task<int> Watch(int first, Stopwatch clock)
    {
        using var worker = Start(first);
        var lines = Lines(worker);
        var (number, started) = (first, TimeSpan.Zero);
        while (clock.Elapsed < options.Time)
        {
            try
            {
                using var glance = new CancellationTokenSource(Glance);
                if (!await lines.WaitToReadAsync(glance.Token)) break;
                while (lines.TryRead(out var line)) Note(line, ref number);
                started = ProcessorTime(worker);
            }
            catch (OperationCanceledException)
            {
                if (ProcessorTime(worker) - started < LongestCase) continue;
                Note(new Outcome(Outcome.Timeout, FormattableString.Invariant($"more than {LongestCase.TotalSeconds:0} s")), number);
                folder.Keep(new Outcome(Outcome.Timeout), number);
                worker.Kill();
                return number + 1;
            }
        }

        if (clock.Elapsed >= options.Time)
        {
            worker.Kill();
            return number;
        }

        await worker.WaitForExitAsync();
        Note(new Outcome(Outcome.Crash, $"the process ended with {worker.ExitCode}"), number);
        folder.Keep(new Outcome(Outcome.Crash), number);
        return number + 1;
    }

    void Note(string line, ref int number)
    {
        if (line.Split('\t') is not [var text, var kind, var detail]) return;
        number = int.Parse(text, CultureInfo.InvariantCulture);
        Note(new Outcome(kind, detail), number);
        number++;
    }

    void Note(Outcome outcome, int number)
    {
        counts[outcome.Kind] = counts.GetValueOrDefault(outcome.Kind) + 1;
        if (!outcome.IsFinding) return;
        var name = $"{outcome.Kind} {outcome.Detail}";
        if (findings.TryGetValue(name, out var known))
        {
            findings[name] = (known.Count + 1, known.First);
            return;
        }

        findings[name] = (1, number);
        Console.WriteLine($"case {number}: {name}");
    }

    static TimeSpan ProcessorTime(Process worker)
    {
        try
        {
            worker.Refresh();
            return worker.TotalProcessorTime;
        }
        catch (InvalidOperationException)
        {
            return TimeSpan.Zero; // It has ended.
        }
    }

    static ChannelReader<string> Lines(Process worker)
    {
        var lines = Channel.CreateUnbounded<string>();
        worker.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null) lines.Writer.TryWrite(line.Data);
            else lines.Writer.Complete();
        };
        worker.BeginOutputReadLine();
        return lines.Reader;
    }

    Process Start(int first)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        // A heap that a file of some kilobytes cannot justify ends as OutOfMemoryException.
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x60000000";
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(Supervisor).Assembly.Location);
        foreach (var argument in options.ForWorker(first)) start.ArgumentList.Add(argument);
        var worker = Process.Start(start)!;
        worker.ErrorDataReceived += (_, _) => { };
        worker.BeginErrorReadLine();
        return worker;
    }
}
