using System.Text.Json;

namespace CompressTasks.Tool.Worker;

/// <summary>The worker's answer: its presence says that the model lies where it was asked for.</summary>
static class BuildResult
{
    /// <param name="file">Where the build task looks for it.</param>
    /// <param name="summary">One line for the build's output.</param>
    public static void Write(string file, string summary)
    {
        var temporary = file + ".tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(new { summary }));
        File.Move(temporary, file, overwrite: true);
    }
}
