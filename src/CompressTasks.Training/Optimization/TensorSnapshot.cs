using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Copies of named tensors at one moment.</summary>
sealed class TensorSnapshot : IDisposable
{
    readonly Dictionary<string, Tensor> copies;

    TensorSnapshot(Dictionary<string, Tensor> copies) => this.copies = copies;

    public IEnumerable<(string Name, Tensor Value)> Tensors => copies.Select(copy => (copy.Key, copy.Value));

    public Tensor this[string name] => copies[name];

    public static TensorSnapshot Of(IEnumerable<(string Name, Tensor Value)> live)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor Copy(Tensor value) => value.detach().clone().DetachFromDisposeScope();
        return new(live.ToDictionary(tensor => tensor.Name, tensor => Copy(tensor.Value), StringComparer.Ordinal));
    }

    /// <summary>Takes over tensors that were read from a file; their names begin with <paramref name="prefix"/> there.</summary>
    public static TensorSnapshot Of(IReadOnlyDictionary<string, Tensor> stored, string prefix) =>
        new(stored
            .Where(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(tensor => tensor.Key[prefix.Length..], tensor => tensor.Value, StringComparer.Ordinal));

    /// <summary>Overwrites the tensors of the same names.</summary>
    public void CopyTo(IEnumerable<(string Name, Tensor Value)> live)
    {
        using var noGradient = no_grad();
        foreach (var (name, value) in live) value.copy_(copies[name]);
    }

    public void Dispose()
    {
        foreach (var copy in copies.Values) copy.Dispose();
    }
}
