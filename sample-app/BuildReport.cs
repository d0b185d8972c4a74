using System.Text.Json;

namespace SampleApp;

/// <summary>The report that the build wrote about the compression.</summary>
static class BuildReport
{
    /// <summary>Multiply-accumulates of one image before and after; null where the build compressed nothing.</summary>
    public static (double Before, double After)? Macs(string file)
    {
        if (!File.Exists(file)) return null;
        using var report = JsonDocument.Parse(File.ReadAllText(file));
        return (report.RootElement.GetProperty("before").GetProperty("macs").GetDouble(), report.RootElement.GetProperty("after").GetProperty("macs").GetDouble());
    }
}
