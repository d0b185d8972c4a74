using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>What flows along an edge of the graph: a torch tensor, a small integer tensor in C#, or nothing (an input left out).</summary>
readonly struct Value
{
    public Tensor? Tensor { get; private init; }

    public IntegerTensor? Integers { get; private init; }

    public bool IsAbsent => Tensor is null && Integers is null;

    public static implicit operator Value(Tensor? tensor) => new() { Tensor = tensor };

    public static implicit operator Value(IntegerTensor integers) => new() { Integers = integers };
}
