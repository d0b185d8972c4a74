using System.Runtime.InteropServices;

namespace CompressTasks.Training;

/// <summary>Process-wide settings that native code reads once, when it is loaded or first allocates.</summary>
static partial class NativeSettings
{
    const int MmapThreshold = -3, TrimThreshold = -1;

    /// <summary>
    /// Threads wait passively, since spinning ones slow a shared machine several times over; freed blocks of up to 32 MB stay with
    /// the process, since returning them costs a page fault per page and step. Environment.SetEnvironmentVariable does not reach
    /// native code, hence setenv; a value that the user set is kept.
    /// </summary>
    public static void ApplyBeforeLoading()
    {
        if (!OperatingSystem.IsLinux()) return;
        _ = SetVariable("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        _ = SetAllocatorOption(MmapThreshold, 32 << 20);
        _ = SetAllocatorOption(TrimThreshold, int.MaxValue);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocatorOption(int option, int value);
}
