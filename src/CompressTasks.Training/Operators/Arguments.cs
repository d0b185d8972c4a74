using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// The inputs of one node while it runs. A kernel asks for the kind of value that it needs, and the other kind is converted.
/// Tensors that a conversion makes belong to the dispose scope of the running step.
/// </summary>
sealed class Arguments(Value[] values, RunContext context)
{
    public RunContext Context => context;

    public int Count => values.Length;

    public Value this[int index] => index < values.Length ? values[index] : default;

    public bool Has(int index) => !this[index].IsAbsent;

    /// <summary>True where an input is of a kind that only ONNX Runtime can hold.</summary>
    public bool HoldForeign => values.Any(value => value.Foreign is not null);

    public bool IsInteger(int index) => this[index].Integers is not null;

    /// <summary>True where every input that is present is held in C#, so that the result can be as well.</summary>
    public bool AllIntegers => values.All(value => value.Tensor is null && value.Foreign is null);

    public Tensor Tensor(int index) => OptionalTensor(index)
        ?? throw OperatorErrors.Mismatch($"input {index} is required and was left out");

    public Tensor? OptionalTensor(int index) => this[index] switch
    {
        { Foreign: not null } => throw OperatorErrors.Mismatch($"input {index} holds strings, a sequence or a type of element that libtorch has no tensors of"),
        { QuantizedAs: { } type } value => value.Tensor!.detach().to(type),
        var value => value.Tensor ?? value.Integers?.ToTensor(context.Device),
    };

    public IEnumerable<Tensor> Tensors() => Enumerable.Range(0, Count).Where(Has).Select(Tensor);

    /// <summary>The elements of an integer input, read from the device where it is a tensor.</summary>
    public long[] Integers(int index) => IntegerTensor(index).Values;

    public long[]? OptionalIntegers(int index) => Has(index) ? Integers(index) : null;

    public IntegerTensor IntegerTensor(int index) => this[index].Integers ?? Training.IntegerTensor.FromTensor(Tensor(index));

    /// <summary>The elements of a small floating-point input (scales, bounds), read from the device.</summary>
    public float[] Floats(int index)
    {
        if (Tensor(index).numel() == 0) return [];
        using var plain = Tensor(index).detach().to(ScalarType.Float32).cpu().contiguous();
        return plain.data<float>().ToArray();
    }

    /// <summary>True where the tensor is one of the inputs itself, not a new one.</summary>
    public bool Holds(Tensor tensor) => values.Any(value => ReferenceEquals(value.Tensor, tensor));

    public long[] Shape(int index) => this[index].Integers?.Shape ?? Tensor(index).shape;
}
