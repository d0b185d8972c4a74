using System.CommandLine;
using CompressTasks.Pruning.Granularities;

namespace CompressTasks.Tool.CommandLine;

/// <summary>The option that says what goes as a whole.</summary>
static class GrainOption
{
    const string Forms = "channel, head, layer (removed), weight, N:M such as 2:4, kernel, block-RxC such as block-4x4 (set to zero)";

    public static Option<PruningGrain> Create() => new("--granularity")
    {
        Description = $"What goes as a whole: {Forms}. channel unless given.",
        HelpName = "channel|head|layer|weight|N:M|kernel|block-RxC",
        DefaultValueFactory = _ => PruningGrain.Channel,
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            if (PruningGrain.TryParse(text) is { } grain) return grain;
            result.AddError($"'{text}' is no granularity; it is one of {Forms}.");
            return PruningGrain.Channel;
        },
    };
}
