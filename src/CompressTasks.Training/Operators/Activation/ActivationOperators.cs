using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>Activation functions, element by element.</summary>
static class ActivationOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Relu", (_, _) => arguments => functional.relu(arguments.Tensor(0)));
        table.Add("Sigmoid", (_, _) => arguments => arguments.Tensor(0).sigmoid());
        table.Add("Tanh", (_, _) => arguments => arguments.Tensor(0).tanh());
    }
}
