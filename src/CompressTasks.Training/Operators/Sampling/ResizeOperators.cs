using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>
/// Resize and Upsample. Where libtorch's interpolation is the same function it is used; every other combination of modes is done axis by
/// axis as a weighted sum of picked entries (one for nearest, two for linear, four for cubic).
/// </summary>
static class ResizeOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Resize", Resize);
        table.Add("Upsample", Upsample);
    }

    /// <summary>Upsample is Resize from before it had modes: asymmetric coordinates, nearest entries at the floor.</summary>
    static Kernel Upsample(NodeProto node, int opset)
    {
        var mode = new ResizeMode(node.Text("mode", "nearest"), "asymmetric", "floor");
        var attribute = node.Floats("scales");
        return arguments =>
        {
            var scales = attribute ?? arguments.Floats(1);
            return Resized(arguments.Tensor(0), mode, Axes.From(0, scales.Length), scales, null);
        };
    }

    static Kernel Resize(NodeProto node, int opset)
    {
        var mode = ResizeMode.Read(node, opset);
        var policy = node.Text("keep_aspect_ratio_policy", "stretch");
        var attribute = node.Ints("axes");
        var scalesInput = opset < 11 ? 1 : 2;
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var shape = input.shape;
            var axes = Axes.Wrap(attribute ?? Axes.From(0, shape.Length), shape.Length);
            var scales = arguments.Has(scalesInput) ? arguments.Floats(scalesInput) : [];
            if (scales.Length > 0) return Resized(input, mode, axes, scales, null);
            var sizes = arguments.Integers(3);
            if (policy != "stretch")
            {
                var ratios = sizes.Select((size, i) => (float)size / shape[axes[i]]).ToList();
                var ratio = policy == "not_larger" ? ratios.Min() : ratios.Max();
                var rounded = axes.Select(axis => (long)MathF.Round(ratio * shape[axis], MidpointRounding.AwayFromZero));
                return Resized(input, mode, axes, [.. sizes.Select(_ => ratio)], [.. rounded]);
            }

            return Resized(input, mode, axes, [.. sizes.Select((size, i) => (float)size / shape[axes[i]])], sizes);
        };
    }

    static Tensor Resized(Tensor input, ResizeMode mode, long[] axes, float[] scales, long[]? sizes)
    {
        var shape = input.shape;
        var target = (long[])shape.Clone();
        for (var i = 0; i < axes.Length; i++) target[axes[i]] = sizes?[i] ?? (long)MathF.Floor(shape[axes[i]] * scales[i]);
        var isExact = axes.Select((axis, i) => target[axis] == shape[axis] * (double)scales[i]).All(exact => exact);
        if (isExact && mode.Interpolation(shape, target) is { } interpolation)
        {
            var corners = interpolation == InterpolationMode.Nearest ? null : (bool?)mode.AlignsCorners;
            return functional.interpolate(input, target[2..], mode: interpolation, align_corners: corners);
        }

        for (var i = 0; i < axes.Length; i++)
        {
            var axis = (int)axes[i];
            if (target[axis] != shape[axis] || scales[i] != 1) input = mode.Along(input, axis, target[axis], scales[i]);
        }

        return input;
    }
}
