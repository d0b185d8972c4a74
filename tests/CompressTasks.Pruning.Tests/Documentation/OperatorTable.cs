using System.Text;
using CompressTasks.Pruning.Coupling.Rules;
using CompressTasks.Training;

namespace CompressTasks.Pruning.Tests.Documentation;

/// <summary>docs/operators.md, as the registries say.</summary>
static class OperatorTable
{
    const string Head = """
        # Operators

        What is done with each operator of a model. The table is made from the program's own registries and checked by a test.

        **Trains** says whether libtorch runs the operator, forwards and backwards, which stages that use data need. ONNX Runtime runs all of
        them: a model with other operators can still be profiled, and pruned without data.

        **Prunes** says what happens to channels, heads and units at the operator:

        | | |
        |---|---|
        | free | it has weights of its own, whose outputs are cut, as long as nothing behind it stands in the way |
        | passes | what is cut before it is cut behind it |
        | frozen | nothing that it reads can be cut; the table of layers names it |

        **Exact** says whether the cut network computes what the whole one would with the removed units switched off. Where it is not, statistics
        are taken over the units that stay; such a cut is made only where training follows (`allowInexact` in a recipe), and the table of layers says so.

        An operator that is not here freezes what it reads and nothing else.

        | Operator | Trains | Prunes | Exact |
        |---|---|---|---|

        """;

    public static string Write()
    {
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach (var name in RuleSet.Rules.Keys.Union(OperatorRegistry.Names).Order(StringComparer.Ordinal))
        {
            var rule = RuleSet.Rules.GetValueOrDefault(name);
            text.Append($"| {name} | {(OperatorRegistry.Names.Contains(name) ? "yes" : "no")} | {Prunes(rule)} | {Exact(rule)} |\n");
        }

        return text.ToString();
    }

    static string Prunes(OperatorRule? rule) => rule switch
    {
        null => "frozen",
        { Kind: CutKind.Free } => Limited("free", rule),
        { Kind: CutKind.Passes } => Limited("passes", rule),
        _ => Limited("frozen", rule),
    };

    static string Limited(string kind, OperatorRule rule) => !rule.IsExact || rule.Limit.Length == 0 ? kind : $"{kind}: {rule.Limit}";

    static string Exact(OperatorRule? rule) => rule switch
    {
        null or { Kind: CutKind.Frozen } => "",
        { IsExact: true } => "yes",
        { Limit.Length: 0 } => "no",
        _ => $"no; {rule.Limit}",
    };
}
