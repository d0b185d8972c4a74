namespace CompressTasks.Pruning.Reconstruction;

/// <summary>What a reconstruction did to one weight.</summary>
/// <param name="Weight">The initializer's name.</param>
/// <param name="Kept">Elements that stay.</param>
/// <param name="Error">
/// Squared change of the layer's outputs as a share of their squares, over the data that was seen; NaN where the weight was masked alone.
/// </param>
/// <param name="ErrorWithoutUpdate">The same for the same mask with the other weights left as they were.</param>
/// <param name="Method">How the weights that stay were found, or why they were left as they were.</param>
public sealed record LayerReconstruction(string Weight, long Kept, long Elements, double Error, double ErrorWithoutUpdate, string Method);
