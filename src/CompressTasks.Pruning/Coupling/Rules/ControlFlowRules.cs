namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Operators with graphs inside: what those capture, and what they get, stays as it is.</summary>
static class ControlFlowRules
{
    public static void AddTo(RuleTable table)
    {
        foreach (var name in (string[])["If", "Loop", "Scan"]) table.Frozen(name, "used by a graph inside the node");
    }
}
