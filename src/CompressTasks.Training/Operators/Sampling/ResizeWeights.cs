using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Which entries of an axis make an entry of the resized one, and with what weights.</summary>
static class ResizeWeights
{
    /// <summary>Resizes one axis: a weighted sum of picked entries, one for nearest, two for linear, four for cubic, more where the kernel grows.</summary>
    public static Tensor Along(Tensor input, ResizeMode mode, ResizedAxis axis)
    {
        if (mode.Mode == "nearest")
        {
            var nearest = Enumerable.Range(0, (int)axis.Length).Select(i => mode.NearestTo(mode.Place(i, axis), axis.Scale));
            return Picked(input, axis, [.. nearest.Select(entry => Math.Clamp(entry, 0, axis.Available - 1))]);
        }

        // The kernel only grows where the axis shrinks.
        var stretch = mode.Antialiases && axis.Scale < 1 ? axis.Scale : 1;
        var taps = stretch == 1 ? 2 * mode.Support : 2 * (int)MathF.Ceiling(mode.Support / stretch) + 1;
        var (indices, weights) = (new long[taps][], new float[taps][]);
        for (var tap = 0; tap < taps; tap++) (indices[tap], weights[tap]) = (new long[axis.Length], new float[axis.Length]);
        Span<float> weight = new float[taps];
        for (var i = 0; i < axis.Length; i++)
        {
            var first = Weigh(mode, Placed(mode, i, axis), stretch, axis.Available, weight);
            for (var tap = 0; tap < taps; tap++)
            {
                indices[tap][i] = Math.Clamp(first + tap, 0, axis.Available - 1);
                weights[tap][i] = weight[tap];
            }
        }

        long[] shape = [axis.Length, .. Enumerable.Repeat(1L, (int)input.dim() - axis.Axis - 1)];
        return Enumerable.Range(0, taps)
            .Select(tap => Picked(input, axis, indices[tap]) * tensor(weights[tap], shape, input.dtype, input.device))
            .Aggregate((sum, part) => sum + part);
    }

    /// <summary>True for entries of the output whose place lies outside the input.</summary>
    public static bool[] Outside(ResizeMode mode, ResizedAxis axis) =>
        [.. Enumerable.Range(0, (int)axis.Length).Select(i => mode.Place(i, axis) is var place && (place < 0 || place > axis.Available - 1))];

    static Tensor Picked(Tensor input, ResizedAxis axis, long[] indices) => input.index_select(axis.Axis, tensor(indices, device: input.device));

    /// <summary>Linear interpolation takes the border for what lies beyond it.</summary>
    static float Placed(ResizeMode mode, int index, ResizedAxis axis)
    {
        var place = mode.Place(index, axis);
        return mode.Mode == "linear" && !mode.Antialiases ? Math.Clamp(place, 0, axis.Available - 1) : place;
    }

    /// <summary>Sets the weights of neighbouring entries, of the sum 1 where they need it, and returns the first one's number.</summary>
    static long Weigh(ResizeMode mode, float place, float stretch, long available, Span<float> weight)
    {
        var reach = mode.Support / stretch;
        var first = stretch == 1 ? (long)MathF.Floor(place) - mode.Support + 1 : (long)MathF.Floor(place - reach + 1);
        var sum = 0f;
        for (var tap = 0; tap < weight.Length; tap++)
        {
            var isOutside = first + tap < 0 || first + tap >= available;
            weight[tap] = mode.ExcludesOutside && isOutside ? 0 : mode.Kernel((first + tap - place) * stretch);
            sum += weight[tap];
        }

        if (!mode.ExcludesOutside && !mode.Antialiases) return first;
        for (var tap = 0; tap < weight.Length; tap++) weight[tap] /= sum;
        return first;
    }
}
