namespace CompressTasks.Onnx;

/// <summary>
/// Brings a model into the plain form that the rest of CompressTasks works on, in place: functions and branches that are always taken are
/// unfolded, constants are initializers, shape arithmetic is folded, identities and what nobody reads are gone. Numbers that the model computes do not change; names of inputs and outputs stay.
/// </summary>
public static class Simplification
{
    // Each round removes a layer of arithmetic behind arithmetic; exporters nest two or three.
    const int MostRounds = 12;

    static readonly Func<OnnxModel, bool>[] passes =
    [
        InlineFunctions.Apply, InlineBranches.Apply, ConstantNodes.Apply, FoldConstants.Apply, RemoveIdentities.Apply, ConstantReshapeTargets.Apply, RemoveDeadNodes.Apply,
    ];

    /// <summary>Runs all passes, each linear in the model's size, until none changes anything.</summary>
    /// <exception cref="ModelException">CMP0006 where the model's shapes contradict each other; CMP0003 or CMP0004 for functions that cannot be unfolded.</exception>
    public static void Apply(OnnxModel model)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            var changed = false;
            foreach (var pass in passes) changed |= pass(model);
            if (!changed) return;
        }
    }
}
