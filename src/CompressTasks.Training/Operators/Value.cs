using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// What flows along an edge of the graph: a torch tensor, a small integer tensor in C#, something that only ONNX Runtime can hold
/// (strings, sequences), or nothing (an input left out).
/// </summary>
readonly struct Value
{
    public Tensor? Tensor { get; private init; }

    public IntegerTensor? Integers { get; private init; }

    /// <summary>Owned by the run or the module, and freed with it.</summary>
    public OrtValue? Foreign { get; private init; }

    /// <summary>
    /// The integer type of a quantised tensor whose whole numbers are held in floating point, so that gradients pass straight through its
    /// rounding; null for every other value.
    /// </summary>
    public ScalarType? QuantizedAs { get; private init; }

    public bool IsAbsent => Tensor is null && Integers is null && Foreign is null;

    public static Value Quantized(Tensor wholeNumbers, ScalarType type) => new() { Tensor = wholeNumbers, QuantizedAs = type };

    public static Value OfRuntime(OrtValue value) => new() { Foreign = value };

    /// <summary>The same tensor under a handle of its own.</summary>
    public Value Aliased() => this with { Tensor = Tensor!.alias() };

    public static implicit operator Value(Tensor? tensor) => new() { Tensor = tensor };

    public static implicit operator Value(IntegerTensor integers) => new() { Integers = integers };
}
