using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Arithmetic element by element with broadcasting; on two small integer tensors it stays in C#.</summary>
static class ElementwiseOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Add", Binary((a, b) => a + b, (a, b) => a + b));
        table.Add("Sub", Binary((a, b) => a - b, (a, b) => a - b));
        table.Add("Mul", Binary((a, b) => a * b, (a, b) => a * b));
    }

    static KernelFactory Binary(Func<Tensor, Tensor, Tensor> tensors, Func<long, long, long> integers) => (_, _) => arguments =>
        arguments.AllIntegers
            ? IntegerTensor.Combine(arguments.IntegerTensor(0), arguments.IntegerTensor(1), integers)
            : tensors(arguments.Tensor(0), arguments.Tensor(1));
}
