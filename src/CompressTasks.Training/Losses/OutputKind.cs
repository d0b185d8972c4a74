namespace CompressTasks.Training;

/// <summary>What a model's outputs are.</summary>
public enum OutputKind
{
    /// <summary>Numbers before a softmax or sigmoid, or regression outputs.</summary>
    Values,

    /// <summary>Probabilities of which one holds: the graph ends in a softmax.</summary>
    Probabilities,

    /// <summary>Probabilities each of which is a question of its own: the graph ends in a sigmoid.</summary>
    IndependentProbabilities,
}
