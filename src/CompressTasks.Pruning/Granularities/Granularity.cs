namespace CompressTasks.Pruning.Granularities;

/// <summary>What goes as a whole.</summary>
public enum Granularity
{
    /// <summary>Single weights.</summary>
    Weight,

    /// <summary>N of every M neighbours along the axis that is summed over stay.</summary>
    Pattern,

    /// <summary>The kernel between one input and one output channel of a convolution.</summary>
    Kernel,

    /// <summary>Rectangles of a weight's matrix.</summary>
    Block,

    /// <summary>Channels, filters, neurons, and attention heads where only whole heads can go: they are removed, the network really gets smaller.</summary>
    Channel,

    /// <summary>Attention heads, removed.</summary>
    Head,

    /// <summary>Blocks of layers beside a skip connection, removed.</summary>
    Layer,
}
