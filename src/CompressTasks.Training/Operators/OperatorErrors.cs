using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Training;

/// <summary>The errors that operators report; the running plan adds node and shapes to <see cref="Mismatch"/>.</summary>
static class OperatorErrors
{
    /// <summary>A known operator in a form that cannot be run.</summary>
    public static ModelException UnsupportedForm(NodeProto node, string form) => new(
        ModelException.UnsupportedOperator,
        $"Node '{node.DisplayName()}' ({node.OpType}) uses {form}, which cannot be run for training.");

    /// <summary>A node that neither libtorch nor ONNX Runtime runs.</summary>
    public static ModelException NotRunnable(NodeProto node, string reason, string? file, Exception? cause = null) => new(
        ModelException.UnsupportedOperator,
        $"Node '{node.DisplayName()}' ({node.QualifiedName()}) can be run neither in libtorch nor in ONNX Runtime: {reason}",
        file,
        "Export the model with operators that ONNX Runtime knows, or leave out the stages that need training data.",
        cause);

    /// <summary>Inputs or attributes that do not fit each other.</summary>
    public static ModelException Mismatch(string reason) => new(ModelException.Shape, reason);
}
