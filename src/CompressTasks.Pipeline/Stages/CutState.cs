using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pipeline;

/// <summary>Where a prune stage of several cuts is.</summary>
/// <param name="Step">Cuts that are made; the recovery after the last of them may be under way.</param>
/// <param name="After">Cost after the last, as planned.</param>
/// <param name="Range">What the first could have reached.</param>
/// <param name="Layers">What happened to each layer so far.</param>
/// <param name="TrainedEpochs">Epochs before and between the cuts so far.</param>
sealed record CutState(int Step, Cost After, FeasibleRange Range, IReadOnlyList<LayerOutcome> Layers, int TrainedEpochs)
{
    /// <summary>Whether the model is to be stored sparse in the end.</summary>
    public bool IsStoredSparse { get; init; }

    /// <summary>Saves the state and the cut model, so that a stopped stage goes on after the cut.</summary>
    /// <param name="prefix">Path and start of the names of the files.</param>
    public void Save(string prefix, OnnxModel model)
    {
        model.WriteDense(ModelFile(prefix, Step));
        FileReplacement.WriteText(StateFile(prefix), JsonSerializer.Serialize(this with { IsStoredSparse = model.IsStoredSparse }, CompressionReport.Json));
    }

    /// <returns>Null where nothing is saved.</returns>
    public static (CutState State, OnnxModel Model)? Find(string prefix)
    {
        if (!File.Exists(StateFile(prefix))) return null;
        var state = JsonSerializer.Deserialize<CutState>(File.ReadAllText(StateFile(prefix)), CompressionReport.Json)!;
        var model = OnnxModel.Read(ModelFile(prefix, state.Step));
        model.IsStoredSparse = state.IsStoredSparse;
        return (state, model);
    }

    static string ModelFile(string prefix, int step) => FormattableString.Invariant($"{prefix}-cut-{step}.onnx");

    static string StateFile(string prefix) => prefix + "-cut.json";
}
