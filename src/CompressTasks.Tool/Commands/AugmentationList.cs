using System.Globalization;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>Augmentation on a command line: <c>flip,shift=4,cutout=8</c>.</summary>
static class AugmentationList
{
    /// <exception cref="UsageException">CMP0101.</exception>
    public static Augmentation Parse(string? text)
    {
        var result = Augmentation.None;
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            result = part.Split('=') switch
            {
                ["flip"] => result with { Flip = true },
                ["shift", var pixels] => result with { Shift = Pixels(part, pixels) },
                ["cutout", var side] => result with { Cutout = Pixels(part, side) },
                _ => throw Unknown(part),
            };
        }

        return result;
    }

    static int Pixels(string part, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pixels) ? pixels : throw Unknown(part);

    static UsageException Unknown(string part) => new($"--augment does not know '{part}'.", "Write for example --augment flip,shift=4,cutout=8.");
}
