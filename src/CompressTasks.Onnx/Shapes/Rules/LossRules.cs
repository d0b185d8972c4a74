namespace CompressTasks.Onnx;

static class LossRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["NegativeLogLikelihoodLoss"] = Loss;
        rules["SoftmaxCrossEntropyLoss"] = inference =>
        {
            Loss(inference);
            inference.Output(1, inference.Type(0), inference.Shape(0));
        };
    }

    /// <summary>A scalar, or without reduction one loss for every target.</summary>
    static void Loss(NodeInference inference) =>
        inference.Output(0, inference.Type(0), inference.Node.Text("reduction", "mean") == "none" ? inference.Shape(1) : []);
}
