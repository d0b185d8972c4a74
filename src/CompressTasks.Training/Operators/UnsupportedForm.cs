using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Training;

/// <summary>The error for a known operator in a form that cannot be run.</summary>
static class UnsupportedForm
{
    public static ModelException Of(NodeProto node, string form) => new(
        ModelException.UnsupportedOperator,
        $"Node '{node.DisplayName()}' ({node.OpType}) uses {form}, which cannot be run for training.");
}
