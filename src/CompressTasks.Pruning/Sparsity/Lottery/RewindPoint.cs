using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>Remembers what the weights and running statistics were at one moment of a training.</summary>
public sealed class RewindPoint : TrainingConstraint
{
    readonly GraphModule module;
    readonly double epochs;
    readonly Dictionary<string, Tensor> remembered;

    /// <param name="epochs">The moment, in epochs since the start of the training; 0 is before its first step.</param>
    public RewindPoint(GraphModule module, double epochs)
    {
        this.module = module;
        this.epochs = epochs;
        Tensor Copy(Tensor value) => value.detach().clone().DetachFromDisposeScope();
        remembered = Live.ToDictionary(tensor => tensor.Name, tensor => Copy(tensor.Value), StringComparer.Ordinal);
    }

    public override string Identity => FormattableString.Invariant($"rewind to {epochs}");

    public override IEnumerable<(string Name, Tensor Value)> State => remembered.Select(tensor => (tensor.Key, tensor.Value));

    IEnumerable<(string Name, Tensor Value)> Live =>
        module.Weights.Select(weight => ("weight/" + weight.Key, (Tensor)weight.Value)).Concat(module.Buffers.Select(buffer => ("buffer/" + buffer.Key, buffer.Value)));

    public override void AfterUpdate(TrainingPosition position)
    {
        if (position.Steps != (long)Math.Round(epochs * position.StepsPerEpoch)) return;
        foreach (var (name, value) in Live) remembered[name].copy_(value);
    }

    /// <summary>Puts the weights back to what they were.</summary>
    public void Restore()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (name, value) in Live) value.copy_(remembered[name]);
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var value in remembered.Values) value.Dispose();
    }
}
