using CompressTasks.Pruning.Granularities;

namespace CompressTasks.Pipeline;

/// <summary>Refuses budgets that setting weights to zero cannot keep, before anything is done.</summary>
static class ZerosCheck
{
    /// <exception cref="BudgetException">CMP0205 where a plan that removes nothing is to be faster or to take less memory.</exception>
    public static void Check(IReadOnlyList<Stage> stages, IReadOnlyList<Budget> budgets, string model)
    {
        if (stages.Any(stage => stage is StudentStage)) return;
        PruneStage[] prunings = [.. stages.OfType<PruneStage>()];
        if (prunings.Length == 0 || prunings.Any(stage => !stage.Granularity.IsMasked)) return;
        var grain = prunings[0].Granularity;
        if (budgets.FirstOrDefault(budget => budget.Kind is BudgetKind.MaxLatency or BudgetKind.MaxMacs or BudgetKind.MaxFlops or BudgetKind.MaxMemory) is not { } budget) return;
        throw new BudgetException(
            BudgetException.NotByZeros,
            $"{budget} cannot be kept with the granularity {grain}: it sets weights to zero and removes nothing, and ONNX Runtime on the CPU multiplies by zeros as by any other number.",
            "Use the granularity channel for this budget, or limit MaxSize or MaxParameters instead.",
            model);
    }
}
