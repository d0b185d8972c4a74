using CompressTasks.Profiling;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pipeline;

/// <summary>
/// A written model, run by ONNX Runtime, as a module without parameters: what is measured on the graph in libtorch can be
/// measured on the file by the same code.
/// </summary>
sealed class RuntimeModule(ModelRunner runner, Action<int> samplesDone) : nn.Module<Tensor, Tensor>("onnxruntime")
{
    float[] buffer = [];

    /// <param name="input">Float32 [n, ...] on the CPU.</param>
    /// <returns>The model's first output.</returns>
    public override Tensor forward(Tensor input)
    {
        using var contiguous = input.contiguous();
        if (buffer.Length != contiguous.numel()) buffer = new float[contiguous.numel()];
        contiguous.data<float>().CopyTo(buffer);
        var output = runner.Run(new RuntimeTensor(buffer, contiguous.shape));
        samplesDone((int)contiguous.shape[0]);
        return torch.tensor(output.Values, output.Shape);
    }
}
