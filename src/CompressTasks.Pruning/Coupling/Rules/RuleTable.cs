using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>What one operator says about the labels of its inputs and outputs.</summary>
delegate void CouplingRule(NodeProto node, CouplingContext context);

/// <summary>How an operator takes part in pruning, as it is shown in the table of operators.</summary>
enum CutKind
{
    /// <summary>It has weights of its own, whose outputs can be cut.</summary>
    Free,

    /// <summary>What is cut before it is cut behind it.</summary>
    Passes,

    /// <summary>Nothing that it reads can be cut.</summary>
    Frozen,
}

/// <summary>An operator's rule and how it is described.</summary>
/// <param name="Limit">Where the description does not hold; empty for everywhere.</param>
/// <param name="IsExact">False where a cut changes what is computed of the indices that stay.</param>
sealed record OperatorRule(CouplingRule Apply, CutKind Kind, string Limit, bool IsExact);

/// <summary>The rules by operator: its name alone in the default domain, else domain and name.</summary>
sealed class RuleTable
{
    readonly Dictionary<string, OperatorRule> rules = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, OperatorRule> Rules => rules;

    public void Free(string name, CouplingRule rule, string limit = "") => rules.Add(name, new OperatorRule(rule, CutKind.Free, limit, true));

    public void Passes(string name, CouplingRule rule, string limit = "") => rules.Add(name, new OperatorRule(rule, CutKind.Passes, limit, true));

    /// <summary>An operator that takes statistics over the axis that is cut.</summary>
    public void Inexact(string name, CouplingRule rule, string limit = "") => rules.Add(name, new OperatorRule(rule, CutKind.Passes, limit, false));

    public void Frozen(string name, string reason) =>
        rules.Add(name, new OperatorRule((node, context) => RuleSet.FreezeNode(node, context, new FreezeReason(reason, node.DisplayName())), CutKind.Frozen, reason, true));
}
