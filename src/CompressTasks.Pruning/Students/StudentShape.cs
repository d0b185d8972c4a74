using CompressTasks.Onnx;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pruning.Students;

/// <summary>The width of one stage of a student.</summary>
/// <param name="Stage">The stage as the original has it, such as <c>16 at 32x32</c>.</param>
/// <param name="Before">Channels of each of its layers in the original.</param>
/// <param name="Fewest">Channels of its narrowest layer in the student.</param>
/// <param name="Most">And of its widest: single units are given back where the budget has room for them.</param>
public sealed record StageWidth(string Stage, int Before, int Fewest, int Most)
{
    /// <summary>For people, such as <c>16 at 32x32 to 5</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Stage} to {Fewest}") + (Most > Fewest ? FormattableString.Invariant($"-{Most}") : "");
}

/// <summary>A network that is derived from another one: narrower, shallower, or both.</summary>
/// <param name="Model">With the weights that stay.</param>
/// <param name="Blocks">The blocks that are gone, by the names of their additions.</param>
/// <param name="Widths">Stage by stage.</param>
/// <param name="Cost">Counted on the model.</param>
/// <param name="Layers">What became of each layer of the original.</param>
public sealed record StudentShape(OnnxModel Model, IReadOnlyList<string> Blocks, IReadOnlyList<StageWidth> Widths, Cost Cost, IReadOnlyList<LayerOutcome> Layers)
{
    /// <summary>The same for two students of the same shape.</summary>
    internal string Signature => string.Join(';', Layers.Select(layer => FormattableString.Invariant($"{layer.Name}={layer.After}")));
}
