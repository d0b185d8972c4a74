namespace CompressTasks.Onnx;

/// <summary>Shapes that a node takes as the content of an integer input.</summary>
static class Targets
{
    /// <summary>The content as a shape; unknown elements become axes about which nothing is known.</summary>
    public static Dimension[] Shape(NodeInference inference, TensorContent target)
    {
        var shape = new Dimension[target.Elements.Length];
        for (var i = 0; i < shape.Length; i++)
        {
            shape[i] = target.Elements[i].Integer ?? inference.Unknown();
            if (shape[i].IsKnown && shape[i].Value < 0)
            {
                throw inference.Contradiction($"is given the length {shape[i]} for axis {i} of its output");
            }
        }

        return shape;
    }
}
