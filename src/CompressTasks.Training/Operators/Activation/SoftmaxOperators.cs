using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>
/// Softmax and its relatives. Before operator set 13 they work on the input flattened to a matrix at the axis, since then on the one axis.
/// </summary>
static class SoftmaxOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Softmax", Along((input, axis) => functional.softmax(input, axis)));
        table.Add("LogSoftmax", Along((input, axis) => functional.log_softmax(input, axis)));
        table.Add("Hardmax", Along((input, axis) => zeros_like(input).scatter(axis, input.argmax(axis, keepdim: true), ones_like(input))));
    }

    static KernelFactory Along(Func<Tensor, long, Tensor> function) => (NodeProto node, int opset) =>
    {
        var attribute = node.Int("axis", opset < 13 ? 1 : -1);
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var shape = input.shape;
            var axis = Axes.Wrap(attribute, shape.Length);
            if (opset >= 13 || axis == shape.Length - 1) return function(input, axis);
            var inner = Axes.Product(shape.Skip(axis));
            return function(input.reshape(-1, inner), 1).reshape(shape);
        };
    };
}
