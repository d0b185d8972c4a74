using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Brightness, contrast and saturation, each image by factors of its own, on the scale from black (0) to white (1) to which the result is
/// clipped: whatever the preprocessing made of the pixels is undone before and done again after.
/// </summary>
static class ColorJitter
{
    /// <summary>ITU-R BT.601.</summary>
    static readonly float[] Luma = [0.299f, 0.587f, 0.114f];

    public static Tensor Apply(Tensor images, Augmentation asked, PixelRange pixels, SeededRandom random)
    {
        using var scope = NewDisposeScope();
        var (count, channels) = ((int)images.shape[0], images.shape[1]);
        var (black, range) = (PerChannel(pixels.Black), PerChannel(pixels.White).sub_(PerChannel(pixels.Black)));
        var result = images.sub(black).div_(range);
        if (Factors(asked.Brightness) is { } brightness) result = result.mul(brightness).clamp_(0, 1);
        if (Factors(asked.Contrast) is { } contrast) result = Between(Gray().mean([2, 3], keepdim: true), contrast);
        if (channels == 3 && Factors(asked.Saturation) is { } saturation) result = Between(Gray(), saturation);
        return result.mul(range).add_(black).MoveToOuterDisposeScope();

        Tensor PerChannel(float[] values) => tensor(values).view(1, values.Length, 1, 1).to(images.device);

        // A factor of 0 is all grey, 1 the image, and more goes beyond it.
        Tensor Between(Tensor gray, Tensor factors) => result.sub(gray).mul_(factors).add_(gray).clamp_(0, 1);

        Tensor Gray() => channels == 3
            ? result.mul(tensor(Luma).view(1, 3, 1, 1).to(images.device)).sum(1, keepdim: true)
            : result.mean([1], keepdim: true);

        Tensor? Factors(double most)
        {
            if (most == 0) return null;
            var factors = new float[count];
            for (var i = 0; i < count; i++) factors[i] = (float)(1 + (((2 * random.Unit()) - 1) * most));
            return tensor(factors).view(count, 1, 1, 1).to(images.device);
        }
    }
}
