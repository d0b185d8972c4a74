using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace CompressTasks.Profiling;

/// <summary>This process's resident memory and its high-water mark.</summary>
static partial class ResidentMemory
{
    /// <summary>Less managed memory than this is not worth a collection.</summary>
    const long Worthwhile = 64L << 20;

    /// <summary>Gives freed memory back to the system before a model is loaded; a collection is made only where there is much to collect.</summary>
    public static void GiveBack()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) >= Worthwhile) GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (OperatingSystem.IsLinux()) TrimNativeHeap();
    }

    /// <summary>
    /// Has every native allocation from a megabyte on go back to the system when it is freed. The C library otherwise raises that bound with what
    /// it is asked for, and the weights that ONNX Runtime has rearranged stay behind as holes.
    /// </summary>
    public static void KeepLargeBlocksApart()
    {
        const int mapThreshold = -3; // M_MMAP_THRESHOLD of mallopt(3)
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = SetOption(mapThreshold, 1 << 20);
        }
        catch (EntryPointNotFoundException)
        {
            // musl gives large blocks back in any case.
        }
    }

    /// <summary>Gives freed memory back to the system and starts the high-water mark anew.</summary>
    /// <returns>False where the system cannot do the latter: only Linux can, and not in every sandbox.</returns>
    public static bool TryReset()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        if (!OperatingSystem.IsLinux()) return false;
        TrimNativeHeap();
        try
        {
            // 5 resets the high-water mark of the process's own resident set (proc(5), clear_refs).
            File.WriteAllText("/proc/self/clear_refs", "5");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public static long CurrentBytes()
    {
        if (OperatingSystem.IsLinux()) return StatusBytes("VmRSS:");
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    public static long PeakBytes()
    {
        if (OperatingSystem.IsLinux()) return StatusBytes("VmHWM:");
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>Lines of the status file read <c>VmHWM:     1708 kB</c>.</summary>
    static long StatusBytes(string field)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return 1024 * long.Parse(
            line.AsSpan(field.Length, line.Length - field.Length - "kB".Length),
            NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture);
    }

    static void TrimNativeHeap()
    {
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no such function and keeps little.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
