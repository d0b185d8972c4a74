namespace CompressTasks.Onnx;

static class RecurrentRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["LSTM"] = Recurrent;
        rules["GRU"] = Recurrent;
        rules["RNN"] = Recurrent;
    }

    /// <summary>
    /// X [T, B, I] (layout 0) or [B, T, I]; R [D, gates*H, H]. Outputs Y [T, D, B, H] or [B, T, D, H], Y_h and Y_c [D, B, H] or [B, D, H].
    /// </summary>
    static void Recurrent(NodeInference inference)
    {
        var type = inference.Type(0);
        var input = inference.Shape(0);
        if (input is { Length: not 3 }) throw inference.Contradiction($"needs an input of rank 3 but gets {inference.Describe(0)}");
        if (input is not null && inference.Shape(1) is [_, _, var features] && features.IsKnown && input[2].IsKnown && features != input[2])
        {
            throw inference.Contradiction(
                $"gets {input[2]} features from {inference.Describe(0)} where its weight {inference.Describe(1)} needs {features}");
        }

        var batchFirst = inference.Node.Int("layout", 0) != 0;
        Dimension directions = inference.Node.Text("direction", "forward") == "bidirectional" ? 2 : 1;
        var hidden = inference.Shape(2) is [_, _, var size] ? size : inference.Unknown();
        if (inference.Node.Has("hidden_size")) hidden = inference.Node.Int("hidden_size", 0);
        var time = input is null ? inference.Unknown() : input[batchFirst ? 1 : 0];
        var batch = input is null ? inference.Unknown() : input[batchFirst ? 0 : 1];
        inference.Output(0, type, batchFirst ? [batch, time, directions, hidden] : [time, directions, batch, hidden]);
        Dimension[] state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
        inference.Output(1, type, state);
        inference.Output(2, type, state);
    }
}
