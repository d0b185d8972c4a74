using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>
/// Resize and Upsample. Where libtorch's interpolation is the same function it is used; every other combination of modes is done axis by
/// axis as a weighted sum of picked entries.
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
        var mode = new ResizeMode(node.Text("mode", "nearest"), "asymmetric", ResizeMode.Simple);
        var attribute = node.Floats("scales");
        return arguments =>
        {
            var scales = attribute ?? arguments.Floats(1);
            return Resized(arguments.Tensor(0), mode, [.. scales.Select((scale, axis) => Scaled(axis, arguments.Shape(0)[axis], scale))]);
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
            var shape = arguments.Shape(0);
            var axes = Axes.Wrap(attribute ?? Axes.From(0, shape.Length), shape.Length);
            var scales = arguments.Has(scalesInput) ? arguments.Floats(scalesInput) : [];
            var resized = scales.Length > 0
                ? axes.Select((axis, i) => Scaled((int)axis, shape[axis], scales[i]))
                : Sized(shape, axes, arguments.Integers(3), policy);
            return Resized(arguments.Tensor(0), mode, [.. mode.Crops ? Cropped(resized, arguments.Floats(1)) : resized]);
        };
    }

    static ResizedAxis Scaled(int axis, long available, float scale) => new(axis, available, (long)MathF.Floor(available * scale), scale);

    static IEnumerable<ResizedAxis> Sized(long[] shape, long[] axes, long[] sizes, string policy)
    {
        var ratios = sizes.Select((size, i) => (float)size / shape[axes[i]]).ToList();
        if (policy == "stretch") return axes.Select((axis, i) => new ResizedAxis((int)axis, shape[axis], sizes[i], ratios[i]));
        var ratio = policy == "not_larger" ? ratios.Min() : ratios.Max();
        return axes.Select(axis => new ResizedAxis((int)axis, shape[axis], (long)MathF.Round(ratio * shape[axis], MidpointRounding.AwayFromZero), ratio));
    }

    /// <summary>The region holds the begin on each axis, then the end on each.</summary>
    static IEnumerable<ResizedAxis> Cropped(IEnumerable<ResizedAxis> axes, float[] region) =>
        axes.Select((axis, i) => axis with { Start = region[i], End = region[region.Length / 2 + i] });

    static Tensor Resized(Tensor input, ResizeMode mode, ResizedAxis[] axes)
    {
        // Integers are interpolated as real numbers and cut.
        if (mode.Mode != "nearest" && !input.is_floating_point()) return Resized(input.to(ScalarType.Float32), mode, axes).to(input.dtype);
        var shape = input.shape;
        var target = (long[])shape.Clone();
        foreach (var axis in axes) target[axis.Axis] = axis.Length;
        var isExact = axes.All(axis => axis.Length == axis.Available * (double)axis.Scale) && input.is_floating_point();
        if (isExact && mode.Interpolation(shape, target) is { } interpolation)
        {
            var corners = interpolation == InterpolationMode.Nearest ? null : (bool?)mode.AlignsCorners;
            return functional.interpolate(input, target[2..], mode: interpolation, align_corners: corners);
        }

        foreach (var axis in axes.Where(axis => axis.Length != axis.Available || axis.Scale != 1 || (axis.Start, axis.End) != (0, 1)))
        {
            input = ResizeWeights.Along(input, mode, axis);
        }

        return mode.Crops ? Extrapolated(input, mode, axes) : input;
    }

    static Tensor Extrapolated(Tensor result, ResizeMode mode, ResizedAxis[] axes)
    {
        foreach (var axis in axes)
        {
            long[] shape = [axis.Length, .. Enumerable.Repeat(1L, (int)result.dim() - axis.Axis - 1)];
            result = result.masked_fill(tensor(ResizeWeights.Outside(mode, axis), shape, device: result.device), mode.Outside);
        }

        return result;
    }
}
