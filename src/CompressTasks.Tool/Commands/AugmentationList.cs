using System.Globalization;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>Augmentation on a command line: <c>flip,shift=4,mixup=0.2</c>.</summary>
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
                ["rotation", var degrees] => result with { Rotation = Number(part, degrees) },
                ["brightness", var most] => result with { Brightness = Number(part, most) },
                ["contrast", var most] => result with { Contrast = Number(part, most) },
                ["saturation", var most] => result with { Saturation = Number(part, most) },
                ["mixup", var alpha] => result with { Mixup = Number(part, alpha) },
                ["cutmix", var alpha] => result with { Cutmix = Number(part, alpha) },
                _ => throw Unknown(part),
            };
        }

        return result;
    }

    static int Pixels(string part, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pixels) ? pixels : throw Unknown(part);

    static double Number(string part, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : throw Unknown(part);

    static UsageException Unknown(string part) => new($"--augment does not know '{part}'.", "Write for example --augment flip,shift=4,rotation=10,mixup=0.2; docs/data.md has all.");
}
