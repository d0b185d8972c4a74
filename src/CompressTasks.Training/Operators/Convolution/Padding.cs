using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>Constant padding of the trailing axes, given per axis as ONNX does it.</summary>
static class Padding
{
    /// <summary>Pads the last <c>begin.Length</c> axes; negative amounts cut.</summary>
    public static Tensor Constant(Tensor input, ReadOnlySpan<long> begin, ReadOnlySpan<long> end, double value)
    {
        var amounts = new long[2 * begin.Length];
        for (var axis = 0; axis < begin.Length; axis++)
        {
            // libtorch lists the last axis first.
            amounts[2 * (begin.Length - 1 - axis)] = begin[axis];
            amounts[2 * (begin.Length - 1 - axis) + 1] = end[axis];
        }

        return functional.pad(input, amounts, PaddingModes.Constant, value);
    }
}
