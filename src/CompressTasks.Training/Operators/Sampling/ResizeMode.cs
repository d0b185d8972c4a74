using System.Numerics;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>How Resize finds the place in the input for each entry of the output, and what it makes of the entries around it.</summary>
/// <param name="Mode">nearest, linear or cubic.</param>
/// <param name="Coordinates">coordinate_transformation_mode of the specification.</param>
/// <param name="Nearest">nearest_mode of the specification.</param>
/// <param name="CubicCoefficient">The a of the cubic kernel of Keys (1981).</param>
/// <param name="ExcludesOutside">True: entries outside the input get no weight; false: the border's entry stands for them.</param>
sealed record ResizeMode(string Mode, string Coordinates, string Nearest, float CubicCoefficient = -0.75f, bool ExcludesOutside = false)
{
    public bool AlignsCorners => Coordinates == "align_corners";

    public static ResizeMode Read(NodeProto node, int opset)
    {
        var mode = new ResizeMode(
            node.Text("mode", "nearest"),
            opset < 11 ? "asymmetric" : node.Text("coordinate_transformation_mode", "half_pixel"),
            opset < 11 ? "floor" : node.Text("nearest_mode", "round_prefer_floor"),
            node.Float("cubic_coeff_a", -0.75f),
            node.Int("exclude_outside", 0) != 0);
        if (node.Int("antialias", 0) != 0) throw OperatorErrors.UnsupportedForm(node, "antialiasing");
        if (mode.Mode is not ("nearest" or "linear" or "cubic")) throw OperatorErrors.UnsupportedForm(node, $"the mode '{mode.Mode}'");
        if (mode.Coordinates is "tf_crop_and_resize") throw OperatorErrors.UnsupportedForm(node, $"the coordinates '{mode.Coordinates}'");
        return mode;
    }

    /// <summary>libtorch's mode that is the same function of the last two of four axes, or null.</summary>
    public InterpolationMode? Interpolation(long[] from, long[] to)
    {
        if (from.Length != 4 || from[0] != to[0] || from[1] != to[1] || ExcludesOutside) return null;
        var isHalfPixel = Coordinates == "half_pixel" || (Coordinates == "pytorch_half_pixel" && to[2] > 1 && to[3] > 1);
        return Mode switch
        {
            // libtorch multiplies by the inverse of the scale; for powers of two that is exact, and so are its floors.
            "nearest" when Coordinates == "asymmetric" && Nearest == "floor" && IsPowerOfTwo(from[2], to[2]) && IsPowerOfTwo(from[3], to[3])
                => InterpolationMode.Nearest,
            "linear" when isHalfPixel || AlignsCorners => InterpolationMode.Bilinear,
            "cubic" when (isHalfPixel || AlignsCorners) && CubicCoefficient == -0.75f => InterpolationMode.Bicubic,
            _ => null,
        };
    }

    static bool IsPowerOfTwo(long from, long to) => to % from == 0 && BitOperations.IsPow2(to / from);

    /// <summary>Resizes one axis to <paramref name="length"/> entries.</summary>
    public Tensor Along(Tensor input, int axis, long length, float scale)
    {
        var available = input.shape[axis];
        var taps = Mode switch { "nearest" => 1, "linear" => 2, _ => 4 };
        var (indices, weights) = (new long[taps][], new float[taps][]);
        for (var tap = 0; tap < taps; tap++) (indices[tap], weights[tap]) = (new long[length], new float[length]);
        Span<float> weight = stackalloc float[taps];
        for (var i = 0; i < length; i++)
        {
            var first = Weigh(Place(i, scale, length, available), available, weight);
            for (var tap = 0; tap < taps; tap++)
            {
                indices[tap][i] = Math.Clamp(first + tap, 0, available - 1);
                weights[tap][i] = weight[tap];
            }
        }

        if (taps == 1) return Picked(input, axis, indices[0]);
        long[] shape = [length, .. Enumerable.Repeat(1L, (int)input.dim() - axis - 1)];
        return Enumerable.Range(0, taps)
            .Select(tap => Picked(input, axis, indices[tap]) * tensor(weights[tap], shape, input.dtype, input.device))
            .Aggregate((sum, part) => sum + part);
    }

    static Tensor Picked(Tensor input, int axis, long[] indices) => input.index_select(axis, tensor(indices, device: input.device));

    /// <summary>
    /// Where entry <paramref name="index"/> of the output lies in the input; in single precision as ONNX Runtime has it, which decides ties.
    /// </summary>
    float Place(float index, float scale, float length, float available) => Coordinates switch
    {
        "asymmetric" => index / scale,
        "align_corners" => length == 1 ? 0 : index * (available - 1) / (length - 1),
        "pytorch_half_pixel" => length > 1 ? (index + 0.5f) / scale - 0.5f : 0,
        "tf_half_pixel_for_nn" => (index + 0.5f) / scale,
        "half_pixel_symmetric" => available / 2 * (1 - length / (scale * available)) + (index + 0.5f) / scale - 0.5f,
        _ => (index + 0.5f) / scale - 0.5f,
    };

    /// <summary>Sets the weights of neighbouring entries and returns the first one's number.</summary>
    long Weigh(float place, long available, Span<float> weight)
    {
        if (Mode == "nearest")
        {
            weight[0] = 1;
            return (long)(Nearest switch
            {
                "round_prefer_floor" => MathF.Ceiling(place - 0.5f),
                "round_prefer_ceil" => MathF.Floor(place + 0.5f),
                "floor" => MathF.Floor(place),
                _ => MathF.Ceiling(place),
            });
        }

        if (Mode == "linear")
        {
            place = Math.Clamp(place, 0, available - 1);
            var start = MathF.Floor(place);
            (weight[0], weight[1]) = (1 - (place - start), place - start);
            return (long)start;
        }

        var left = MathF.Floor(place);
        for (var tap = 0; tap < 4; tap++) weight[tap] = Cubic(MathF.Abs(place - (left - 1 + tap)));
        if (ExcludesOutside) DropOutside((long)left - 1, available, weight);
        return (long)left - 1;
    }

    static void DropOutside(long first, long available, Span<float> weight)
    {
        var sum = 0f;
        for (var tap = 0; tap < weight.Length; tap++)
        {
            if (first + tap < 0 || first + tap >= available) weight[tap] = 0;
            sum += weight[tap];
        }

        for (var tap = 0; tap < weight.Length; tap++) weight[tap] /= sum;
    }

    float Cubic(float distance)
    {
        var a = CubicCoefficient;
        return distance <= 1
            ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
            : ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
    }
}
