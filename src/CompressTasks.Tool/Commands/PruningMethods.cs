using CompressTasks.Pipeline;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Tool.CommandLine;

namespace CompressTasks.Tool.Commands;

/// <summary>One value of a setting of pruning.</summary>
/// <param name="Setting">The setting's name in recipes.</param>
/// <param name="Name">The value as it is written.</param>
/// <param name="About">What goes, or what a criterion judges, needs, and where it was published; empty for what its name says.</param>
sealed record PruningMethod(string Setting, string Name, string About);

/// <summary>Everything that <c>compress prune</c> and recipes can be asked for, read from what the program really knows.</summary>
static class PruningMethods
{
    static readonly Dictionary<Granularity, (string Name, string About)> Grains = new()
    {
        [Granularity.Channel] = ("channel", "removed: channels, filters, neurons, and heads where only whole ones can go"),
        [Granularity.Head] = ("head", "removed: attention heads"),
        [Granularity.Layer] = ("layer", "removed: blocks of layers beside a skip connection"),
        [Granularity.Weight] = ("weight", "set to zero"),
        [Granularity.Pattern] = ("N:M", "set to zero: N of every M neighbours stay, such as 2:4"),
        [Granularity.Kernel] = ("kernel", "set to zero: kernels between two channels"),
        [Granularity.Block] = ("block-RxC", "set to zero: rectangles, such as block-4x4"),
    };

    public static IReadOnlyList<PruningMethod> All { get; } =
    [
        .. Enum.GetValues<Granularity>().Select(grain => new PruningMethod("granularity", Grains[grain].Name, Grains[grain].About)),
        .. CriterionTraits.All.Select(traits => new PruningMethod("criterion", PruneStageCheck.NameOf(traits.Criterion), About(traits))),
        .. Named<Distribution>("distribution"),
        .. Named<GroupNormalization>("groupNormalization"),
        .. Named<PruningSchedule>("schedule"),
        .. Named<Regrowth>("regrowth"),
        .. Named<CompensationMethod>("compensation"),
        .. Named<SecondDerivative>("secondDerivative"),
    ];

    static IEnumerable<PruningMethod> Named<T>(string setting)
        where T : struct, Enum => Choice.Names<T>().Select(name => new PruningMethod(setting, name, ""));

    static string About(CriterionTraits traits)
    {
        var judges = string.Join(", ", new[] { traits.OnUnits ? "channels" : null, traits.OnWeights ? "weights" : null, traits.OnLayers ? "layers" : null }.OfType<string>());
        var needs = traits.Needs switch
        {
            CriterionNeeds.Data => "needs data",
            CriterionNeeds.Labels => "needs labelled data",
            CriterionNeeds.Training => "needs training",
            _ => "needs nothing",
        };
        return $"of {judges}; {needs}{(traits.Source.Length == 0 ? "" : $"; {traits.Source}")}";
    }
}
