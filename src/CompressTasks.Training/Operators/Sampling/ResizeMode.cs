using System.Numerics;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>How Resize finds the place in the input for each entry of the output, and what it makes of the entries around it.</summary>
/// <param name="Mode">nearest, linear or cubic.</param>
/// <param name="Coordinates">coordinate_transformation_mode of the specification.</param>
/// <param name="Nearest">nearest_mode of the specification, or <see cref="Simple"/>.</param>
/// <param name="CubicCoefficient">The a of the cubic kernel of Keys (1981).</param>
/// <param name="ExcludesOutside">True: entries outside the input get no weight; false: the border's entry stands for them.</param>
/// <param name="Antialiases">True: where an axis shrinks, the kernel grows with it, so that every entry of the input counts.</param>
/// <param name="Outside">What tf_crop_and_resize gives for places outside the input.</param>
sealed record ResizeMode(
    string Mode,
    string Coordinates,
    string Nearest,
    float CubicCoefficient = -0.75f,
    bool ExcludesOutside = false,
    bool Antialiases = false,
    float Outside = 0)
{
    /// <summary>What ONNX Runtime takes for nearest before there were modes: the floor where the axis grows, the ceiling where it shrinks.</summary>
    public const string Simple = "simple";

    public bool AlignsCorners => Coordinates == "align_corners";

    public bool Crops => Coordinates == "tf_crop_and_resize";

    public static ResizeMode Read(NodeProto node, int opset)
    {
        var mode = new ResizeMode(
            node.Text("mode", "nearest"),
            opset < 11 ? "asymmetric" : node.Text("coordinate_transformation_mode", "half_pixel"),
            opset < 11 ? Simple : node.Text("nearest_mode", "round_prefer_floor"),
            node.Float("cubic_coeff_a", -0.75f),
            node.Int("exclude_outside", 0) != 0,
            node.Int("antialias", 0) != 0,
            node.Float("extrapolation_value", 0));
        if (mode.Mode is not ("nearest" or "linear" or "cubic")) throw OperatorErrors.UnsupportedForm(node, $"the mode '{mode.Mode}'");
        return mode;
    }

    /// <summary>libtorch's mode that is the same function of the last two of four axes, or null.</summary>
    public InterpolationMode? Interpolation(long[] from, long[] to)
    {
        if (from.Length != 4 || from[0] != to[0] || from[1] != to[1] || ExcludesOutside || Antialiases) return null;
        var isHalfPixel = Coordinates == "half_pixel" || (Coordinates == "pytorch_half_pixel" && to[2] > 1 && to[3] > 1);
        return Mode switch
        {
            // libtorch multiplies by the inverse of the scale; for powers of two that is exact, and so are its floors.
            "nearest" when Coordinates == "asymmetric" && (Nearest is "floor" or Simple) && IsPowerOfTwo(from[2], to[2]) && IsPowerOfTwo(from[3], to[3])
                => InterpolationMode.Nearest,
            "linear" when isHalfPixel || AlignsCorners => InterpolationMode.Bilinear,
            "cubic" when (isHalfPixel || AlignsCorners) && CubicCoefficient == -0.75f => InterpolationMode.Bicubic,
            _ => null,
        };
    }

    static bool IsPowerOfTwo(long from, long to) => to % from == 0 && BitOperations.IsPow2(to / from);

    /// <summary>
    /// Where entry <paramref name="index"/> of the output lies in the input; in single precision as ONNX Runtime has it, which decides ties.
    /// </summary>
    public float Place(float index, ResizedAxis axis)
    {
        float scale = axis.Scale, length = axis.Length, available = axis.Available;
        return Coordinates switch
        {
            "asymmetric" => index / scale,
            "align_corners" => length == 1 ? 0 : index * (available - 1) / (length - 1),
            "pytorch_half_pixel" => length > 1 ? (index + 0.5f) / scale - 0.5f : 0,
            "tf_half_pixel_for_nn" => (index + 0.5f) / scale,
            "half_pixel_symmetric" => available / 2 * (1 - length / (scale * available)) + (index + 0.5f) / scale - 0.5f,
            "tf_crop_and_resize" when length > 1
                => axis.Start * (available - 1) + index * (axis.End - axis.Start) * (available - 1) / (length - 1),
            "tf_crop_and_resize" => 0.5f * (axis.Start + axis.End) * (available - 1),
            _ => (index + 0.5f) / scale - 0.5f,
        };
    }

    /// <summary>The entry that stands nearest to a place.</summary>
    public long NearestTo(float place, float scale) => (long)(Nearest switch
    {
        Simple => scale < 1 ? MathF.Ceiling(place) : MathF.Floor(place),
        "round_prefer_floor" => MathF.Ceiling(place - 0.5f),
        "round_prefer_ceil" => MathF.Floor(place + 0.5f),
        "floor" => MathF.Floor(place),
        _ => MathF.Ceiling(place),
    });

    /// <summary>How far the linear or cubic kernel reaches.</summary>
    public int Support => Mode == "linear" ? 1 : 2;

    /// <summary>The weight of an entry at a distance from the place.</summary>
    public float Kernel(float distance)
    {
        distance = MathF.Abs(distance);
        if (distance >= Support) return 0;
        if (Mode == "linear") return 1 - distance;
        var a = CubicCoefficient;
        return distance <= 1
            ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
            : ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
    }
}

/// <summary>One axis that is resized.</summary>
/// <param name="Axis">Its number.</param>
/// <param name="Available">Its length in the input.</param>
/// <param name="Length">Its length in the output.</param>
/// <param name="Scale">Their ratio, as the node gives it.</param>
/// <param name="Start">Begin of the region that is cropped, 0 to 1.</param>
/// <param name="End">End of the region that is cropped.</param>
readonly record struct ResizedAxis(int Axis, long Available, long Length, float Scale, float Start = 0, float End = 1);
