using System.IO.Enumeration;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Training;

/// <summary>Weights that training leaves as they are.</summary>
public sealed partial class GraphModule
{
    readonly HashSet<string> frozenWeights = new(StringComparer.Ordinal);

    /// <summary>
    /// Takes the gradient from weights by the names of their initializers or of nodes that read them. Batch normalisation whose scale and bias are all frozen
    /// keeps its running statistics, and normalises by them in training mode too.
    /// </summary>
    /// <param name="patterns">Names, in which * stands for any letters and ? for one.</param>
    /// <exception cref="TrainingException">CMP0120 where a pattern names nothing, or nothing is left to train.</exception>
    public void Freeze(IEnumerable<string> patterns)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var nodesWithWeights = Model.Graph.Node.Where(node => node.Input.Any(weightsByName.ContainsKey)).ToList();
        foreach (var pattern in patterns)
        {
            bool Matches(string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
            var named = weightsByName.Keys.Where(Matches).Concat(nodesWithWeights.Where(node => Matches(node.Name)).SelectMany(node => node.Input).Where(weightsByName.ContainsKey)).ToList();
            TrainingRecipe.Require(named.Count > 0, "frozen", $"a list of names of nodes or initializers with weights, and '{pattern}' is none", NearNames.Sentence(pattern, weightsByName.Keys.Concat(nodesWithWeights.Select(node => node.Name))));
            found.UnionWith(named);
        }

        TrainingRecipe.Require(found.Count == 0 || found.Count < weightsByName.Count, "frozen", "a list that leaves weights to train");
        frozenWeights.UnionWith(found);
        foreach (var name in found) weightsByName[name].requires_grad = false;
        foreach (var node in Model.Graph.Node.Where(HasFrozenScale)) statistics.Freeze(node);
    }

    /// <summary>All weights have gradients again.</summary>
    public void Unfreeze()
    {
        foreach (var name in frozenWeights) weightsByName[name].requires_grad = true;
        frozenWeights.Clear();
        statistics.Unfreeze();
    }

    bool HasFrozenScale(NodeProto node)
    {
        if (!node.Is("BatchNormalization")) return false;
        var weights = node.Input.Where(weightsByName.ContainsKey).ToList();
        return weights.Count > 0 && weights.All(frozenWeights.Contains);
    }
}
