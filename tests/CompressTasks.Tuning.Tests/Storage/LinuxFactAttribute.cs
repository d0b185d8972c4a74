namespace CompressTasks.Tuning.Tests;

/// <summary>A test of what only Linux tells about processes.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "Only Linux tells surely whether a process of before is gone.";
    }
}
