using System.Text;
using CompressTasks.OperatorSweep;
using CompressTasks.Pruning.Coupling.Rules;
using CompressTasks.Training;

namespace CompressTasks.Pruning.Tests.Documentation;

/// <summary>docs/operators.md, as the registries say: the kernels, the rules of pruning, and the cases that tests run.</summary>
static class OperatorTable
{
    const string Head = """
        # Operators

        What is done with each operator of a model. The table is made from the program's own registries and from the cases that its tests run,
        and a test says when it is out of date.

        **Operator sets** are those at which the operator is swept against ONNX Runtime: the oldest that is read, and each that changed its
        definition. A sweep goes through the values of every attribute, optional inputs, ranks and element types, and compares values, element
        types and shapes. Between two of them the definition is that of the older one. An empty cell means that the operator has no sweep.

        **Runs in** says what computes the operator while a model is trained or watched: libtorch, or ONNX Runtime itself where libtorch has no
        kernel. The compressed model always runs in ONNX Runtime.

        **Trains**

        | | |
        |---|---|
        | gradient checked | gradients lead through it, and tests compare them with slopes of ONNX Runtime's results |
        | gradient | gradients lead through it |
        | no gradient | its results are integers or jump from one value to the next, or it runs in ONNX Runtime; what stands before it is not trained through it |

        **Prunes** says what happens to channels, heads and units at the operator:

        | | |
        |---|---|
        | free | it has weights of its own, whose outputs are cut, as long as nothing behind it stands in the way |
        | passes | what is cut before it is cut behind it |
        | frozen | nothing that it reads can be cut; the table of layers names it |

        **When pruned** says whether the cut network computes what the whole one would with the removed units switched off. Where it is
        approximate, statistics are taken over the units that stay; such a cut is made only where training follows (`allowInexact` in a recipe),
        and the table of layers says so.

        An operator that is not here runs in ONNX Runtime, freezes what it reads and nothing else.

        | Operator | Domain | Operator sets | Runs in | Trains | Prunes | When pruned |
        |---|---|---|---|---|---|---|

        """;

    public static string Write()
    {
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"));
        var kernels = OperatorRegistry.Names.ToHashSet(StringComparer.Ordinal);
        foreach (var name in RuleSet.Rules.Keys.Union(kernels).Order(StringComparer.Ordinal))
        {
            var rule = RuleSet.Rules.GetValueOrDefault(name);
            var swept = Sweep.Operators.GetValueOrDefault(name);
            string[] cells =
            [
                name[(name.LastIndexOf('.') + 1)..], DomainOf(name), swept is null ? "" : string.Join(", ", swept.Opsets),
                kernels.Contains(name) ? "libtorch" : "ONNX Runtime", Trains(kernels.Contains(name), swept), Prunes(rule), WhenPruned(rule),
            ];
            text.Append($"| {string.Join(" | ", cells)} |\n");
        }

        return text.ToString();
    }

    static string DomainOf(string name) => name.LastIndexOf('.') is var dot and > 0 ? name[..dot] : "ai.onnx";

    static string Trains(bool hasKernel, SweptOperator? swept) => (hasKernel, swept) switch
    {
        (false, _) or (_, { HasGradient: false }) => "no gradient",
        (_, null) => "gradient",
        _ => "gradient checked",
    };

    static string Prunes(OperatorRule? rule) => rule switch
    {
        null => "frozen",
        { Kind: CutKind.Free } => Limited("free", rule),
        { Kind: CutKind.Passes } => Limited("passes", rule),
        _ => Limited("frozen", rule),
    };

    static string Limited(string kind, OperatorRule rule) => !rule.IsExact || rule.Limit.Length == 0 ? kind : $"{kind}: {rule.Limit}";

    static string WhenPruned(OperatorRule? rule) => rule switch
    {
        null or { Kind: CutKind.Frozen } => "",
        { IsExact: true } => "exact",
        { Limit.Length: 0 } => "approximate",
        _ => $"approximate; {rule.Limit}",
    };
}
