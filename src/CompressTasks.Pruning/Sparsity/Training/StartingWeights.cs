namespace CompressTasks.Pruning.Sparsity;

/// <summary>The weights that pruning starts from.</summary>
public enum StartingWeights
{
    /// <summary>Those of the model as it is.</summary>
    Trained,

    /// <summary>Drawn anew: sparse training from scratch.</summary>
    Scratch,
}
