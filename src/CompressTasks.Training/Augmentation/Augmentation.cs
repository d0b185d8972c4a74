using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Random changes of training images, drawn for each sample from (seed, epoch, step), so that a resumed run draws the same. They are done in
/// the order of the parameters.
/// </summary>
/// <param name="Flip">Mirror half of the samples left to right.</param>
/// <param name="Shift">Move each sample by up to this many pixels in both directions; what comes in is 0. Known as padded random crop.</param>
/// <param name="Cutout">Set a square of this side at a random place to 0 (DeVries and Taylor, "Cutout", 2017); 0 for none.</param>
/// <param name="Rotation">Turn each sample by up to this many degrees, 0 to 180; what comes in is 0.</param>
/// <param name="Brightness">Multiply by 1 plus or minus up to this, 0 to 1, with black as it is.</param>
/// <param name="Contrast">Move away from the image's mean grey, or towards it, by a factor of 1 plus or minus up to this, 0 to 1.</param>
/// <param name="Saturation">Move away from the pixel's grey, or towards it, likewise.</param>
/// <param name="Mixup">
/// Mix each sample with another, and their labels with it, in shares drawn from Beta(a, a) (Zhang et al., "mixup", 2018); 0 for none.
/// </param>
/// <param name="Cutmix">
/// Paste a rectangle of another sample, a share of the area drawn from Beta(a, a), and mix the labels by area (Yun et al., "CutMix", 2019); 0
/// for none. Where both are asked for, half of the batches get the one and half the other.
/// </param>
public sealed record Augmentation(
    bool Flip = false,
    int Shift = 0,
    int Cutout = 0,
    double Rotation = 0,
    double Brightness = 0,
    double Contrast = 0,
    double Saturation = 0,
    double Mixup = 0,
    double Cutmix = 0)
{
    public static Augmentation None { get; } = new();

    internal bool IsNone => this == None;

    /// <summary>True where samples are no longer of one image.</summary>
    internal bool Mixes => Mixup > 0 || Cutmix > 0;

    /// <summary>True where pixels change their places, so that what is said about each of them has to go with them.</summary>
    internal bool Moves => Flip || Shift > 0 || Rotation > 0 || Cutmix > 0;

    bool Jitters => Brightness > 0 || Contrast > 0 || Saturation > 0;

    /// <exception cref="TrainingException">CMP0120.</exception>
    internal void Validate()
    {
        TrainingRecipe.Require(this is { Shift: >= 0, Cutout: >= 0 }, "augmentation", "shift and cutout of 0 or more");
        TrainingRecipe.Require(Rotation is >= 0 and <= 180, "augmentation", "rotation from 0 to 180");
        TrainingRecipe.Require(
            this is { Brightness: >= 0 and <= 1, Contrast: >= 0 and <= 1, Saturation: >= 0 and <= 1 },
            "augmentation",
            "brightness, contrast and saturation from 0 to 1");
        TrainingRecipe.Require(this is { Mixup: >= 0 and <= 100, Cutmix: >= 0 and <= 100 }, "augmentation", "mixup and cutmix from 0 to 100");
    }

    /// <summary>Changes each sample, and the classes of its pixels where it has such.</summary>
    /// <param name="images">[n, channels, height, width]; not changed.</param>
    /// <param name="masks">
    /// int64 [n, height, width], moved as the images are, by the nearest pixel; what comes in is <see cref="Losses.IgnoredClass"/>. Null: no masks.
    /// </param>
    /// <param name="pixels">What black and white are in the images; null: 0 and 1.</param>
    /// <returns>New tensors of the same shapes.</returns>
    internal (Tensor Images, Tensor? Masks) Apply(Tensor images, Tensor? masks, SeededRandom random, PixelRange? pixels = null)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (result, moved) = (images, masks);
        if (Flip || Shift > 0) (result, moved) = ImageChanges.FlipAndShift(result, moved, Flip, Shift, random);
        if (Cutout > 0) result = ImageChanges.Cutout(result, Cutout, random);
        if (Rotation > 0) (result, moved) = ImageChanges.Rotate(result, moved, Rotation, random);
        if (Jitters) result = ColorJitter.Apply(result, this, pixels ?? PixelRange.Stored(asBytes: false), random);
        return (Own(result, images)!.MoveToOuterDisposeScope(), Own(moved, masks)?.MoveToOuterDisposeScope());

        static Tensor? Own(Tensor? changed, Tensor? given) => changed is not null && ReferenceEquals(changed, given) ? changed.clone() : changed;
    }

    /// <summary>Mixes the samples of a batch with one another.</summary>
    /// <param name="images">[n, channels, height, width]; not changed.</param>
    /// <param name="masks">int64 [n, height, width], into which rectangles are pasted as into the images; null: no masks.</param>
    /// <returns>
    /// New tensors of the same shapes, and how the labels are mixed, which is null where every pixel has a label of its own; what was given, and null, where
    /// nothing mixes.
    /// </returns>
    internal (Tensor Images, Tensor? Masks, LabelMixture? Mixture) Mix(Tensor images, Tensor? masks, SeededRandom random)
    {
        if (!Mixes || images.shape[0] < 2) return (images, masks, null);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var partners = random.Permutation((int)images.shape[0]);
        var partner = tensor(partners, device: images.device);
        var pastes = Cutmix > 0 && (Mixup == 0 || random.Coin());
        var share = random.Beta(pastes ? Cutmix : Mixup);
        if (!pastes)
        {
            return (images.mul(share).add_(images.index_select(0, partner), 1 - share).MoveToOuterDisposeScope(), masks, new(partners, share));
        }

        var (height, width) = (images.shape[2], images.shape[3]);
        var side = Math.Sqrt(1 - share);
        var (top, rows) = Span(height, side, random);
        var (left, columns) = Span(width, side, random);
        var mixed = Pasted(images).MoveToOuterDisposeScope();
        if (masks is not null) return (mixed, Pasted(masks).MoveToOuterDisposeScope(), null);
        // What the border cut off counts for the one that it is missing from.
        return (mixed, null, new(partners, 1 - ((double)(rows * columns) / (height * width))));

        Tensor Pasted(Tensor whole)
        {
            var result = whole.clone();
            Tensor Part(Tensor of) => of.narrow(-2, top, rows).narrow(-1, left, columns);
            if (rows * columns > 0) Part(result).copy_(Part(whole.index_select(0, partner)));
            return result;
        }
    }

    static (long Start, long Length) Span(long length, double share, SeededRandom random)
    {
        var (half, centre) = (length * share / 2, random.Unit() * length);
        var start = (long)Math.Clamp(Math.Round(centre - half), 0, length);
        return (start, (long)Math.Clamp(Math.Round(centre + half), start, length) - start);
    }
}

/// <summary>
/// How the samples of a batch were mixed: each has <paramref name="Share"/> of its own label, and the rest of that of the sample at
/// <paramref name="Partners"/>. A loss of it is the same mixture of the losses.
/// </summary>
/// <param name="Partners">[n], a permutation of 0 to n - 1.</param>
/// <param name="Share">0 to 1.</param>
sealed record LabelMixture(int[] Partners, double Share)
{
    /// <summary>The mixture of a loss against the samples' own labels and the same loss against their partners'.</summary>
    public Tensor Loss(Tensor labels, Func<Tensor, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        var others = labels.index_select(0, tensor(Partners, device: labels.device));
        return loss(labels).mul(Share).add_(loss(others), 1 - Share).MoveToOuterDisposeScope();
    }
}
