using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>GridSample over two spatial axes.</summary>
static class GridSampleOperator
{
    public static void AddTo(Dictionary<string, KernelFactory> table) => table.Add("GridSample", GridSample);

    static Kernel GridSample(NodeProto node, int opset)
    {
        var mode = node.Text("mode", "linear") switch
        {
            "linear" or "bilinear" => GridSampleMode.Bilinear,
            "nearest" => GridSampleMode.Nearest,
            var other => throw OperatorErrors.UnsupportedForm(node, $"the mode '{other}'"),
        };
        var padding = node.Text("padding_mode", "zeros") switch
        {
            "zeros" => GridSamplePaddingMode.Zeros,
            "border" => GridSamplePaddingMode.Border,
            "reflection" => GridSamplePaddingMode.Reflection,
            var other => throw OperatorErrors.UnsupportedForm(node, $"the padding '{other}'"),
        };
        var alignsCorners = node.Int("align_corners", 0) != 0;
        return arguments => functional.grid_sample(arguments.Tensor(0), arguments.Tensor(1), mode, padding, alignsCorners);
    }
}
