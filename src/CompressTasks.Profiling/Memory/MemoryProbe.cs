using System.Diagnostics;
using System.Globalization;

namespace CompressTasks.Profiling;

/// <summary>The process that <see cref="PeakMemory"/> starts: prints the peak in bytes, or an error to stderr with exit code 1.</summary>
static class MemoryProbe
{
    const int Runs = 3, Rounds = 5;

    /// <summary>Model, threads, seed, then one <c>name=1x3x224x224</c> for each input with a shape of its own.</summary>
    public static IEnumerable<string> Arguments(string model, MemoryOptions options) =>
    [
        model,
        options.Threads.ToString(CultureInfo.InvariantCulture),
        options.Seed.ToString(CultureInfo.InvariantCulture),
        .. (options.Shapes ?? new Dictionary<string, long[]>()).Select(shape => $"{shape.Key}={ModelInput.Text(shape.Value)}"),
    ];

    static int Main(string[] arguments)
    {
        if (arguments.Length < 3)
        {
            Console.Error.WriteLine("This process is started by CompressTasks to measure memory: MODEL THREADS SEED [INPUT=SHAPE ...]");
            return 2;
        }

        try
        {
            var options = new LatencyOptions
            {
                Threads = int.Parse(arguments[1], CultureInfo.InvariantCulture),
                Seed = int.Parse(arguments[2], CultureInfo.InvariantCulture),
                Shapes = arguments.Skip(3).Select(ShapeArgument.Parse).ToDictionary(shape => shape.Name, shape => shape.Lengths),
            };
            Console.Out.Write(Measure(ModelSource.FromFile(arguments[0]), options).ToString(CultureInfo.InvariantCulture));
            return 0;
        }
        catch (CompressException exception)
        {
            Console.Error.WriteLine($"{exception.Code}: {exception.Message}");
            return 1;
        }
    }

    /// <summary>
    /// The first round pages in the runtime's code for these operators and compiles ours, and is not counted; the median of the
    /// others evens out what the managed heap does meanwhile. Where the mark cannot be reset there is one round, code included.
    /// </summary>
    static long Measure(ModelSource model, LatencyOptions options)
    {
        NativeRuntime.EnsureLoaded();
        if (!ResidentMemory.TryReset()) return Round(model, options);
        var start = Stopwatch.GetTimestamp();
        LoadAndRun(model, options);
        // A model that takes long to load is large, and a large one needs no averaging.
        var peaks = new long[Stopwatch.GetElapsedTime(start).TotalSeconds > 1 ? 1 : Rounds];
        for (var i = 0; i < peaks.Length; i++)
        {
            ResidentMemory.TryReset();
            peaks[i] = Round(model, options);
        }

        Array.Sort(peaks);
        return peaks[peaks.Length / 2];
    }

    static long Round(ModelSource model, LatencyOptions options)
    {
        var before = ResidentMemory.CurrentBytes();
        LoadAndRun(model, options);
        return Math.Max(0, ResidentMemory.PeakBytes() - before);
    }

    static void LoadAndRun(ModelSource model, LatencyOptions options)
    {
        using var subject = new TimedModel(model, options);
        for (var i = 0; i < Runs; i++) subject.RunMs();
    }
}
