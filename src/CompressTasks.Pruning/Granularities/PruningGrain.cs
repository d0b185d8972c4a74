using System.Globalization;
using System.Text.RegularExpressions;

namespace CompressTasks.Pruning.Granularities;

/// <summary>
/// A granularity with its sizes, written <c>weight</c>, <c>2:4</c>, <c>kernel</c>, <c>block-4x4</c>, <c>channel</c>, <c>head</c> or <c>layer</c>.
/// </summary>
/// <param name="First">N of a pattern, rows (outputs) of a block; else 0.</param>
/// <param name="Second">M of a pattern, columns (inputs) of a block; else 0.</param>
public sealed partial record PruningGrain(Granularity Granularity, int First = 0, int Second = 0)
{
    public static PruningGrain Channel { get; } = new(Granularity.Channel);

    /// <summary>True where weights are set to zero and stay in the file; false where units are removed.</summary>
    public bool IsMasked => Granularity is Granularity.Weight or Granularity.Pattern or Granularity.Kernel or Granularity.Block;

    /// <returns>Null where the text names none.</returns>
    public static PruningGrain? TryParse(string text)
    {
        if (Sizes().Match(text) is { Success: true } match)
        {
            var (first, second) = (Number(match.Groups["first"]), Number(match.Groups["second"]));
            var isPattern = match.Groups["pattern"].Success;
            return first is > 0 and <= 1024 && second is > 0 and <= 1024 && (!isPattern || first < second)
                ? new(isPattern ? Granularity.Pattern : Granularity.Block, first, second)
                : null;
        }

        return text switch
        {
            "weight" => new(Granularity.Weight),
            "kernel" => new(Granularity.Kernel),
            "channel" => Channel,
            "head" => new(Granularity.Head),
            "layer" => new(Granularity.Layer),
            _ => null,
        };
    }

    public override string ToString() => Granularity switch
    {
        Granularity.Pattern => string.Create(CultureInfo.InvariantCulture, $"{First}:{Second}"),
        Granularity.Block => string.Create(CultureInfo.InvariantCulture, $"block-{First}x{Second}"),
        _ => Granularity.ToString().ToLowerInvariant(),
    };

    static int Number(Group group) => int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;

    [GeneratedRegex(@"^(?:(?<first>\d{1,5})(?<pattern>:)(?<second>\d{1,5})|block-(?<first>\d{1,5})x(?<second>\d{1,5}))$", RegexOptions.ExplicitCapture)]
    private static partial Regex Sizes();
}
