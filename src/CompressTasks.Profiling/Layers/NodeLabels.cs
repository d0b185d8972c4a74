using System.Globalization;
using CompressTasks.Onnx;

namespace CompressTasks.Profiling;

/// <summary>
/// Names that survive ONNX Runtime: nodes may have no name or share one, and a fused node's name is made of the names that went into
/// it. So a traced copy of the model calls node 12 <c>#12#</c>.
/// </summary>
static class NodeLabels
{
    const char Mark = '#';

    public static OnnxModel Labelled(OnnxModel model)
    {
        var copy = model.Clone();
        for (var i = 0; i < copy.Graph.Node.Count; i++) copy.Graph.Node[i].Name = string.Create(CultureInfo.InvariantCulture, $"{Mark}{i}{Mark}");
        return copy;
    }

    /// <returns>
    /// The index of the first labelled node in a name such as <c>#12#/MatMulAddFusion</c>; -1 for a node that is not one of the model's.
    /// </returns>
    public static int Index(string name)
    {
        var start = name.IndexOf(Mark, StringComparison.Ordinal);
        var end = start < 0 ? -1 : name.IndexOf(Mark, start + 1);
        return end > 0 && int.TryParse(name.AsSpan((start + 1)..end), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1;
    }
}
