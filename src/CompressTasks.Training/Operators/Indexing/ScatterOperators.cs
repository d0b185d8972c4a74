using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Writing at indices, over what is there or joined with it; negative indices count from the end of their axis.</summary>
static class ScatterOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("ScatterElements", Elements);
        table.Add("Scatter", Elements);
        table.Add("ScatterND", Many);
    }

    static Kernel Elements(NodeProto node, int opset)
    {
        var attribute = node.Int("axis", 0);
        var reduction = ReductionOf(node);
        return arguments =>
        {
            var (data, updates) = (arguments.Tensor(0), arguments.Tensor(2));
            var axis = Axes.Wrap(attribute, (int)data.dim());
            var indices = IndexingOperators.WrapIndices(arguments.Tensor(1), data.shape[axis]);
            return reduction == "none" ? data.scatter(axis, indices, updates) : NativeFunctions.ScatterReduce(data, axis, indices, updates, reduction);
        };
    }

    static Kernel Many(NodeProto node, int opset)
    {
        var reduction = ReductionOf(node);
        return arguments =>
        {
            var (data, indices, updates) = (arguments.Tensor(0), arguments.Tensor(1), arguments.Tensor(2));
            var shape = data.shape;
            var coordinates = IndexingOperators.Coordinates(indices, shape);
            if (reduction is "none" or "add") return data.clone().index_put_(updates, coordinates, accumulate: reduction == "add");

            // The leading axes become one, and the coordinates the number of an entry of it.
            var entries = coordinates[0];
            for (var axis = 1; axis < coordinates.Length; axis++) entries = entries * shape[axis] + coordinates[axis];
            var rest = Axes.Product(shape.Skip(coordinates.Length));
            var flat = updates.reshape(-1, rest);
            var result = NativeFunctions.ScatterReduce(data.reshape(-1, rest), 0, entries.reshape(-1, 1).expand(flat.shape), flat, reduction);
            return result.reshape(shape);
        };
    }

    static string ReductionOf(NodeProto node) => node.Text("reduction", "none") switch
    {
        "none" or "add" or "mul" or "max" or "min" => node.Text("reduction", "none"),
        var other => throw OperatorErrors.UnsupportedForm(node, $"the reduction '{other}'"),
    };
}
