using CompressTasks.Onnx;

namespace CompressTasks.Training;

/// <summary>What a graph's first output is to a loss.</summary>
public static class ModelOutput
{
    /// <summary>Operators after which probabilities still are what they were: same numbers, or means of neighbouring pixels.</summary>
    static readonly string[] Keeping = ["Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Dropout", "Resize", "Upsample"];

    /// <summary>
    /// Probabilities where a Softmax makes the first output, independent ones where a Sigmoid does, else numbers before one of them, or regression values.
    /// Changes of shape, type or size that follow do not count.
    /// </summary>
    public static OutputKind KindOf(OnnxModel model)
    {
        var index = new GraphIndex(model.Graph);
        var node = index.Producer(model.Graph.Output[0].Name);
        // A valid graph has no cycles.
        while (node is not null && Keeping.Any(name => node.Is(name))) node = index.Producer(node.Input[0]);
        return node switch
        {
            not null when node.Is("Softmax") => OutputKind.Probabilities,
            not null when node.Is("Sigmoid") => OutputKind.IndependentProbabilities,
            _ => OutputKind.Values,
        };
    }

    /// <summary>Numbers per sample of the first output; <see cref="long.MaxValue"/> where they cannot be told.</summary>
    /// <param name="sampleShape">Of what the first input is given, where its axes are dynamic; null: each of them is 1.</param>
    public static long WidthOf(OnnxModel model, long[]? sampleShape = null)
    {
        var given = sampleShape is null
            ? null
            : new Dictionary<string, long[]>(StringComparer.Ordinal) { [InputShapes.Required(model)[0].Name] = [InputShapes.Resolve(model).Values.First()[0], .. sampleShape] };
        var shapes = ShapeInference.Infer(model, InputShapes.Resolve(model, given));
        return shapes.TryGetKnown(model.Graph.Output[0].Name, out var shape)
            ? shape.Skip(1).Aggregate(1L, (product, length) => product * length)
            : long.MaxValue;
    }
}
