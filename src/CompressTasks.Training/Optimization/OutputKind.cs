namespace CompressTasks.Training;

/// <summary>What a classifier's outputs are.</summary>
public enum OutputKind
{
    /// <summary>Numbers before a softmax, or regression outputs.</summary>
    Values,

    /// <summary>Probabilities: the graph ends in a softmax.</summary>
    Probabilities,
}
