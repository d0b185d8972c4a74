using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CompressTasks.Training;

/// <summary>
/// Gives pages of freed native blocks back to the system now and then. glibc keeps them (see <see cref="NativeSettings"/>) and hardly ever finds a freed aligned block
/// again for another of the same size, so that the holes between living blocks pile up over thousands of steps. Returning them all costs the page faults of one step.
/// </summary>
static partial class FreedMemory
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    static readonly bool HasTrim = OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out _);

    static long last = Stopwatch.GetTimestamp();

    /// <summary>Does nothing where the last return was a short time ago, or the allocator is not glibc's.</summary>
    public static void ReturnIfDue()
    {
        var before = Volatile.Read(ref last);
        if (!HasTrim || Stopwatch.GetElapsedTime(before) < Interval) return;
        if (Interlocked.CompareExchange(ref last, Stopwatch.GetTimestamp(), before) == before) _ = Trim(0);
    }

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
