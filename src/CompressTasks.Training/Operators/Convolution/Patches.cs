using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>What a convolution multiplies its kernel with, laid open (im2col): strides, dilations, pads and auto_pad as the operator has them.</summary>
public static class Patches
{
    /// <param name="node">A Conv.</param>
    /// <param name="input">[N, C, spatial axes], any number of them.</param>
    /// <param name="kernel">Lengths of the kernel along the spatial axes.</param>
    /// <returns>
    /// [N, C, output positions (one axis for each spatial axis), taps (one axis for each)] in the caller's dispose scope: a view of the padded
    /// input, which takes the memory of one input until it is copied.
    /// </returns>
    public static Tensor Of(NodeProto node, Tensor input, ReadOnlySpan<long> kernel)
    {
        using var scope = NewDisposeScope();
        var window = new Window(node);
        var rank = kernel.Length;
        var (strides, dilations) = (window.Strides(rank), window.Dilations(rank));
        var (begin, end) = window.Pads(input.shape.AsSpan(2), kernel, dilations);
        var view = begin.Concat(end).All(pad => pad == 0) ? input.alias() : Padding.Constant(input, begin, end, 0);
        for (var axis = 0; axis < rank; axis++)
        {
            // Each unfold turns a spatial axis into its positions and appends the taps as last axis.
            view = view.unfold(2 + axis, Window.Extent(kernel[axis], dilations[axis]), strides[axis]);
            if (dilations[axis] > 1) view = view.slice(view.dim() - 1, 0, view.shape[^1], dilations[axis]);
        }

        return view.MoveToOuterDisposeScope();
    }
}
