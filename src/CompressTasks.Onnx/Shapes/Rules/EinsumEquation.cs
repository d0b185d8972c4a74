using System.Globalization;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// The equation of an Einsum node. Axes are labelled by their letter; those that an ellipsis stands for by their place counted
/// from its end ("...0" is its last axis), so that ellipses of different rank broadcast.
/// </summary>
public sealed record EinsumEquation(IReadOnlyList<string> Inputs, string? Result)
{
    const string Ellipsis = "...";

    /// <returns>The equation, or null where the attribute is missing or malformed.</returns>
    public static EinsumEquation? Parse(NodeProto node)
    {
        var sides = node.Text("equation", "").Replace(" ", "", StringComparison.Ordinal).Split("->");
        if (sides.Length > 2 || sides[0].Length == 0) return null;
        var inputs = sides[0].Split(',');
        return inputs.Concat(sides.Skip(1)).All(IsTerm) ? new(inputs, sides.Length == 2 ? sides[1] : null) : null;
    }

    /// <summary>The labels of one input's axes in order; null where the input has another rank than its term.</summary>
    public IReadOnlyList<string>? InputLabels(int input, int rank) =>
        Labels(Inputs[input], rank - Letters(Inputs[input]).Length) is { } labels && labels.Count == rank ? labels : null;

    /// <summary>The length of every label.</summary>
    /// <returns>Null where shapes do not fit the terms or each other.</returns>
    public Dictionary<string, Dimension>? Lengths(IReadOnlyList<IReadOnlyList<Dimension>> shapes)
    {
        var lengths = new Dictionary<string, Dimension>(StringComparer.Ordinal);
        for (var i = 0; i < Inputs.Count; i++)
        {
            if (InputLabels(i, shapes[i].Count) is not { } labels) return null;
            for (var axis = 0; axis < labels.Count; axis++)
            {
                var length = shapes[i][axis];
                if (!lengths.TryGetValue(labels[axis], out var present) || present == 1) lengths[labels[axis]] = length;
                else if (present.IsKnown && length.IsKnown && length != 1 && present != length) return null;
                else if (length.IsKnown && length != 1) lengths[labels[axis]] = length;
            }
        }

        return OutputLabels(lengths).All(lengths.ContainsKey) ? lengths : null;
    }

    /// <summary>The labels of the result's axes in order.</summary>
    public IReadOnlyList<string> OutputLabels(IReadOnlyDictionary<string, Dimension> lengths)
    {
        var ellipsisRank = lengths.Keys.Count(label => label.StartsWith(Ellipsis, StringComparison.Ordinal));
        if (Result is not null) return Labels(Result, ellipsisRank)!;
        var once = Inputs.SelectMany(Letters).GroupBy(letter => letter).Where(group => group.Count() == 1).Select(group => group.Key);
        return [.. Labels(Ellipsis, ellipsisRank)!, .. once.Order().Select(letter => letter.ToString())];
    }

    static List<string>? Labels(string term, int ellipsisRank)
    {
        if (ellipsisRank < 0) return null;
        var labels = new List<string>();
        for (var i = 0; i < term.Length; i++)
        {
            if (term[i] != '.')
            {
                labels.Add(term[i].ToString());
                continue;
            }

            for (var place = ellipsisRank - 1; place >= 0; place--) labels.Add(string.Create(CultureInfo.InvariantCulture, $"{Ellipsis}{place}"));
            i += Ellipsis.Length - 1;
        }

        return labels;
    }

    static string Letters(string term) => term.Replace(Ellipsis, "", StringComparison.Ordinal);

    static bool IsTerm(string term)
    {
        var at = term.IndexOf(Ellipsis, StringComparison.Ordinal);
        var letters = at < 0 ? term : term.Remove(at, Ellipsis.Length);
        return letters.All(char.IsAsciiLetter);
    }
}
