using System.Reflection;
using System.Runtime.InteropServices;

namespace CompressTasks.Tool.Commands;

/// <summary>The machine and the program, as far as they change what can be done and how fast.</summary>
sealed record Machine(
    string Version, string OperatingSystem, string Architecture, string Processor, int Cores, long MemoryBytes, string DotnetVersion)
{
    public static Machine Describe() => new(
        ToolVersion(),
        RuntimeInformation.OSDescription,
        RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
        ProcessorName(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Environment.Version.ToString());

    /// <summary>Without the commit that a build server appends after a plus sign.</summary>
    public static string ToolVersion() =>
        typeof(Machine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    static string ProcessorName()
    {
        const string Cpuinfo = "/proc/cpuinfo", Field = "model name";
        if (System.OperatingSystem.IsLinux() && File.Exists(Cpuinfo))
        {
            var line = File.ReadLines(Cpuinfo).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal));
            if (line is not null) return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
    }
}
