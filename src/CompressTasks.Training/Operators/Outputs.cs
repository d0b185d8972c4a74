using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>The outputs of one node in the operator's order; trailing optional ones may be left out.</summary>
readonly struct Outputs(params Value[] values)
{
    public Value[] Values { get; } = values;

    public static implicit operator Outputs(Tensor tensor) => new(tensor);

    public static implicit operator Outputs(IntegerTensor integers) => new((Value)integers);

    public static implicit operator Outputs(Value value) => new(value);

    public static implicit operator Outputs(Tensor[] tensors) => new(Array.ConvertAll(tensors, tensor => (Value)tensor));
}
