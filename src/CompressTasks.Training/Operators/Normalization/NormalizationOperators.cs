using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>Batch, instance, layer, group and local response normalisation.</summary>
static class NormalizationOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("BatchNormalization", Batch);
    }

    /// <summary>
    /// In training mode the batch's own statistics normalise it and the running ones move towards them by 1 - momentum. The variance that
    /// normalises is the population's, the one that is stored is the unbiased estimate, as libtorch and the exporters' frameworks do it.
    /// </summary>
    static Kernel Batch(NodeProto node, int opset)
    {
        var epsilon = (double)node.Float("epsilon", 1e-5f);
        var momentum = (double)node.Float("momentum", 0.9f);
        return arguments => functional.batch_norm(
            arguments.Tensor(0),
            arguments.Tensor(3),
            arguments.Tensor(4),
            arguments.Tensor(1),
            arguments.Tensor(2),
            arguments.Context.Training,
            arguments.Context.Training ? arguments.Context.Statistics.UpdateRate(node, momentum) : 0,
            epsilon);
    }
}
