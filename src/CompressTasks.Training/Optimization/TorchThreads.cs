using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>How many threads libtorch computes with: one number for the process.</summary>
public static class TorchThreads
{
    /// <summary>
    /// Sets it. Results depend on it: sums are split by thread, so the same number gives the same bits and another one may not.
    /// </summary>
    /// <param name="count">Null: <see cref="Default"/>.</param>
    /// <returns>The number set.</returns>
    public static int Use(int? count = null)
    {
        TorchLibrary.EnsureLoaded();
        var threads = count ?? Default;
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(count));
        Set(threads);
        return threads;
    }

    /// <summary>Physical cores, as two threads of one core share its arithmetic units, and never more than this process may use.</summary>
    public static int Default { get; } = Math.Max(1, Math.Min(Environment.ProcessorCount, PhysicalCores() ?? int.MaxValue));

    // Not inlined: torch must not be touched before the libraries are loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Set(int threads)
    {
        if (get_num_threads() != threads) set_num_threads(threads);
    }

    /// <summary>Null where the system does not say (Linux does, in sysfs).</summary>
    static int? PhysicalCores()
    {
        const string folder = "/sys/devices/system/cpu";
        if (!Directory.Exists(folder)) return null;
        var cores = new HashSet<string>(StringComparer.Ordinal);
        foreach (var processor in Directory.EnumerateDirectories(folder, "cpu?*"))
        {
            var siblings = Path.Combine(processor, "topology", "thread_siblings_list");
            if (File.Exists(siblings)) cores.Add(File.ReadAllText(siblings));
        }

        return cores.Count > 0 ? cores.Count : null;
    }
}
