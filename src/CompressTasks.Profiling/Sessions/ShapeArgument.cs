using System.Globalization;

namespace CompressTasks.Profiling;

/// <summary>Shapes as people and command lines write them: <c>input=1x3x224x224</c>.</summary>
public static class ShapeArgument
{
    /// <summary>Reads one shape; names may contain <c>=</c>, and a scalar has nothing after it.</summary>
    /// <exception cref="ProfilingException">CMP0308 when the text is no name and shape.</exception>
    public static (string Name, long[] Lengths) Parse(string text)
    {
        var split = text.LastIndexOf('=');
        if (split > 0)
        {
            var parts = text[(split + 1)..].Split('x', 'X', StringSplitOptions.TrimEntries);
            if (parts is [""]) return (text[..split], []);
            var lengths = new long[parts.Length];
            if (parts.Index().All(part => long.TryParse(part.Item, NumberStyles.None, CultureInfo.InvariantCulture, out lengths[part.Index]) && lengths[part.Index] > 0))
            {
                return (text[..split], lengths);
            }
        }

        throw new ProfilingException(
            ProfilingException.InputShape,
            $"'{text}' is not an input's name and shape.",
            hint: "Write for example input=1x3x224x224.");
    }
}
