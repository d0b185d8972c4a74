using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>GridSample over two spatial axes, linear and nearest also over three.</summary>
static class GridSampleOperator
{
    public static void AddTo(Dictionary<string, KernelFactory> table) => table.Add("GridSample", GridSample);

    static Kernel GridSample(NodeProto node, int opset)
    {
        var mode = node.Text("mode", "linear") switch
        {
            "linear" or "bilinear" => (GridSampleMode?)GridSampleMode.Bilinear,
            "nearest" => GridSampleMode.Nearest,
            "cubic" or "bicubic" => null,
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
        if (mode is null) return arguments => NativeFunctions.GridSampleBicubic(arguments.Tensor(0), arguments.Tensor(1), padding, alignsCorners);
        return arguments => functional.grid_sample(arguments.Tensor(0), arguments.Tensor(1), mode.Value, padding, alignsCorners);
    }
}
