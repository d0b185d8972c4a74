namespace CompressTasks.Pruning.Sparsity;

/// <summary>Whether and how pruned weights come back while the network trains.</summary>
public enum Regrowth
{
    /// <summary>What is pruned stays pruned.</summary>
    None,

    /// <summary>As many as go come back at random places (SET: Mocanu et al., Scalable Training of Artificial Neural Networks, 2018).</summary>
    Random,

    /// <summary>As many as go come back where the loss's gradient is largest (RigL: Evci et al., Rigging the Lottery, 2020).</summary>
    Gradient,

    /// <summary>Pruned weights go on training beside the network, and come back once they have grown (Dynamic Network Surgery: Guo et al. 2016).</summary>
    Splice,
}
