using CompressTasks.Onnx;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>The weights in a training's checkpoint.</summary>
public static class CheckpointWeights
{
    /// <summary>A copy of a graph with the weights of a checkpoint of its training: the best ones on the validation data where there are such, else the last.</summary>
    /// <exception cref="ModelException">CMP0001 no such file.</exception>
    /// <exception cref="TrainingException">CMP0502 it is damaged, or of another graph.</exception>
    public static OnnxModel Applied(string path, OnnxModel graph)
    {
        if (!File.Exists(path)) throw new ModelException(ModelException.NotFound, $"The checkpoint '{path}' does not exist.", path, "Check the path.");
        var (header, stored) = CheckpointFile.Read(path);
        try
        {
            using var module = new GraphModule(graph.Clone());
            using var noGradient = no_grad();
            var best = TrainingState.BestPrefix;
            var prefix = header.BestEpoch is not null && stored.Keys.Any(name => name.StartsWith(best, StringComparison.Ordinal)) ? best : TrainingState.LiveModulePrefix;
            foreach (var (name, tensor) in TrainingState.TensorsOf(module))
            {
                if (!stored.TryGetValue(prefix + name, out var value) || !value.shape.SequenceEqual(tensor.shape)) throw OfAnother(path, name);
                tensor.copy_(value);
            }

            module.WriteBack();
            return module.Model;
        }
        finally
        {
            foreach (var tensor in stored.Values) tensor.Dispose();
        }
    }

    static TrainingException OfAnother(string path, string name) => new(
        TrainingException.Checkpoint, $"The checkpoint '{Path.GetFileName(path)}' is of another graph: it has no '{name}' of this shape.", path, "A checkpoint can teach where it is of a training of the very model; write other teachers as ONNX files.");
}
