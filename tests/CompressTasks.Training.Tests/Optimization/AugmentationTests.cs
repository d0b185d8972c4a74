using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Optimization;

public class AugmentationTests
{
    readonly Tensor images = arange(64 * 2 * 5 * 4, dtype: ScalarType.Float32).add(1).reshape(64, 2, 5, 4);

    [Fact]
    public void A_flip_mirrors_some_samples_left_to_right_and_leaves_the_others()
    {
        using var changed = new Augmentation(Flip: true).Apply(images, null, new SeededRandom(1, 1)).Images;
        var mirrored = images.flip(3);
        var flips = Enumerable.Range(0, 64).Count(i => changed[i].Equals(mirrored[i]));
        var kept = Enumerable.Range(0, 64).Count(i => changed[i].Equals(images[i]));
        Assert.Equal(64, flips + kept);
        Assert.InRange(flips, 16, 48);
    }

    [Fact]
    public void A_shift_moves_each_sample_as_a_whole_and_fills_with_zeros()
    {
        using var changed = new Augmentation(Shift: 2).Apply(images, null, new SeededRandom(1, 1)).Images;
        var padded = nn.functional.pad(images, (2L, 2L, 2L, 2L));
        var seen = new HashSet<(int, int)>();
        for (var i = 0; i < 64; i++)
        {
            var moves = from top in Enumerable.Range(0, 5) from left in Enumerable.Range(0, 5) where changed[i].Equals(padded[i].narrow(1, top, 5).narrow(2, left, 4)) select (top, left);
            seen.Add(Assert.Single(moves));
        }

        Assert.InRange(seen.Count, 15, 25);
    }

    [Fact]
    public void Cutout_clears_one_square_of_each_sample_in_all_channels()
    {
        using var changed = new Augmentation(Cutout: 2).Apply(images, null, new SeededRandom(1, 2)).Images;
        var cleared = changed.eq(0).sum([2, 3]);
        Assert.True(cleared[TensorIndex.Colon, 0].Equals(cleared[TensorIndex.Colon, 1]));
        Assert.Equal([1L, 2L, 4L], cleared.reshape(-1).data<long>().ToArray().Distinct().Order());
        Assert.True(changed.eq(images).logical_or(changed.eq(0)).all().item<bool>());
    }

    [Fact]
    public void A_rotation_by_a_half_turn_mirrors_both_ways_and_small_angles_keep_the_middle()
    {
        using var wide = zeros(1, 1, 9, 5);
        wide[0, 0, 4, 2] = 3;
        wide[0, 0, 1, 2] = 7;
        for (var i = 0; i < 20; i++)
        {
            using var turned = new Augmentation(Rotation: 90).Apply(wide, null, new SeededRandom(1, i)).Images;
            Assert.Equal(3f, turned[0, 0, 4, 2].item<float>(), 3);
            // The other point stays 3 pixels from the centre: what is bright lies on that circle, or has left the image.
            var points = turned.gt(0.5).nonzero().data<long>().ToArray().Chunk(4).Where(point => (point[2], point[3]) != (4, 2));
            Assert.All(points, point => Assert.InRange(Math.Sqrt(Math.Pow(point[2] - 4, 2) + Math.Pow(point[3] - 2, 2)), 2, 4));
        }

        using var some = new Augmentation(Rotation: 30).Apply(images, null, new SeededRandom(1, 1)).Images;
        Assert.False(some.Equals(images));
        Assert.Equal(images.shape, some.shape);
    }

    [Fact]
    public void Colour_jitter_works_between_black_and_white_whatever_the_preprocessing_did()
    {
        using var pixels = rand(32, 3, 4, 4);
        using var mean = tensor(new[] { 0.5f, 0.4f, 0.3f }).view(1, 3, 1, 1);
        using var std = tensor(new[] { 0.2f, 0.3f, 0.4f }).view(1, 3, 1, 1);
        var range = new PixelRange([-0.5f / 0.2f, -0.4f / 0.3f, -0.3f / 0.4f], [0.5f / 0.2f, 0.6f / 0.3f, 0.7f / 0.4f]);
        var augmentation = new Augmentation(Brightness: 0.3, Contrast: 0.3, Saturation: 0.3);
        using var plain = augmentation.Apply(pixels, null, new SeededRandom(1, 1)).Images;
        using var normalized = augmentation.Apply(pixels.sub(mean).div(std), null, new SeededRandom(1, 1), range).Images;
        Assert.True(normalized.mul(std).add(mean).allclose(plain, 1e-4, 1e-5));
        Assert.True(plain.min().item<float>() >= 0 && plain.max().item<float>() <= 1);
        Assert.False(plain.allclose(pixels, 0.01, 0.01));
        using var brighter = new Augmentation(Brightness: 0.5).Apply(pixels.mul(0.5), null, new SeededRandom(1, 1)).Images;
        var factors = brighter.div(pixels.mul(0.5)).flatten(1);
        Assert.True(factors.amax([1]).sub(factors.amin([1])).max().item<float>() < 1e-4);
        Assert.InRange(factors.min().item<float>(), 0.5f, 0.8f);
        Assert.InRange(factors.max().item<float>(), 1.2f, 1.5f);
    }

    [Fact]
    public void Saturation_leaves_grey_images_and_contrast_flat_ones()
    {
        using var gray = rand(8, 1, 4, 4).expand(8, 3, 4, 4).contiguous();
        using var saturated = new Augmentation(Saturation: 1).Apply(gray, null, new SeededRandom(1, 1)).Images;
        Assert.True(saturated.allclose(gray, 1e-4, 1e-5));
        using var flat = full([2, 1, 3, 3], 0.3f);
        using var contrasted = new Augmentation(Contrast: 1).Apply(flat, null, new SeededRandom(1, 1)).Images;
        Assert.True(contrasted.allclose(flat, 1e-4, 1e-5));
    }

    [Fact]
    public void Mixup_mixes_pairs_by_one_share()
    {
        var (mixed, _, mixture) = new Augmentation(Mixup: 0.5).Mix(images, null, new SeededRandom(1, 1));
        Assert.Equal(Enumerable.Range(0, 64), mixture!.Partners.Order());
        var others = images.index_select(0, tensor(mixture.Partners));
        Assert.True(mixed.allclose(images.mul(mixture.Share).add(others.mul(1 - mixture.Share))));
        Assert.InRange(mixture.Share, 0, 1);
    }

    [Fact]
    public void Cutmix_pastes_a_rectangle_and_counts_its_area()
    {
        for (var step = 0; step < 30; step++)
        {
            var (mixed, _, mixture) = new Augmentation(Cutmix: 1).Mix(images, null, new SeededRandom(1, step));
            var others = images.index_select(0, tensor(mixture!.Partners));
            var pasted = mixed.ne(images);
            Assert.True(mixed.eq(images).logical_or(mixed.eq(others)).all().item<bool>());
            // A sample whose partner is another one shows the rectangle.
            var shown = Enumerable.Range(0, 64).First(i => mixture.Partners[i] != i);
            Assert.Equal(1 - (pasted[shown, 0].sum().item<long>() / 20.0), mixture.Share, 6);
        }
    }

    [Theory]
    [InlineData(true, 0, 0)]
    [InlineData(false, 2, 0)]
    [InlineData(true, 2, 45)]
    [InlineData(false, 0, 180)]
    public void Masks_move_with_their_images_and_what_comes_in_counts_as_nothing(bool flip, int shift, double rotation)
    {
        // Every pixel's class is written into the image, so that both can be compared after any move.
        using var masks = arange(32 * 8 * 6, ScalarType.Int64).mul_(7).div_(3, RoundingMode.floor).remainder_(4).add_(1).reshape(32, 8, 6);
        using var pictures = masks.unsqueeze(1).to(ScalarType.Float32);
        var augmentation = new Augmentation(Flip: flip, Shift: shift, Rotation: rotation);
        var (moved, classes) = augmentation.Apply(pictures, masks, new SeededRandom(3, 1));
        Assert.Equal(masks.shape, classes!.shape);
        Assert.Equal(shift > 0 || rotation > 0, classes.eq(Training.Losses.IgnoredClass).any().item<bool>());
        var whole = moved.squeeze(1).eq(moved.squeeze(1).round());
        if (rotation == 0)
        {
            Assert.True(whole.all().item<bool>());
            Assert.True(moved.squeeze(1).eq(classes.clamp_min(0)).all().item<bool>());
        }

        // A turned pixel lies between four others, and the nearest of them counts for a quarter at least.
        Assert.True(classes.clamp_min(0).to(ScalarType.Float32).mul(0.25).le(moved.squeeze(1).add(1e-4)).all().item<bool>());
        Assert.False(classes.Equals(masks));
    }

    [Fact]
    public void A_half_turn_of_a_mask_is_a_mirror_both_ways()
    {
        using var masks = arange(12, ScalarType.Int64).reshape(1, 3, 4);
        using var pictures = zeros(1, 1, 3, 4);
        // Draws of (almost) half turns are looked for among many.
        var flipped = masks.flip(1, 2);
        var turned = Enumerable.Range(0, 400).Select(step => new Augmentation(Rotation: 180).Apply(pictures, masks, new SeededRandom(1, step)).Masks!).ToList();
        Assert.Contains(turned, mask => mask.Equals(flipped));
    }

    [Fact]
    public void Cutmix_pastes_masks_where_it_pastes_images_and_leaves_nothing_to_mix()
    {
        using var masks = arange(16, ScalarType.Int64).view(16, 1, 1).expand(16, 6, 6).contiguous();
        using var pictures = masks.unsqueeze(1).to(ScalarType.Float32);
        var (mixed, classes, mixture) = new Augmentation(Cutmix: 1).Mix(pictures, masks, new SeededRandom(1, 3));
        Assert.Null(mixture);
        Assert.True(mixed.squeeze(1).eq(classes!).all().item<bool>());
        Assert.False(classes!.Equals(masks));
        var (_, kept, shares) = new Augmentation(Mixup: 1).Mix(pictures, masks, new SeededRandom(1, 3));
        Assert.Same(masks, kept);
        Assert.NotNull(shares);
    }

    [Fact]
    public void A_mixed_loss_is_the_mixture_of_the_losses()
    {
        using var logits = randn(4, 3);
        using var classes = tensor(new long[] { 0, 1, 2, 1 });
        using var loss = new LabelMixture([1, 2, 3, 0], 0.3).Loss(classes, labels => Losses.CrossEntropy(logits, labels));
        using var soft = nn.functional.one_hot(classes, 3).mul(0.3).add(nn.functional.one_hot(tensor(new long[] { 1, 2, 1, 0 }), 3).mul(0.7));
        using var expected = nn.functional.log_softmax(logits, 1).mul(soft).sum(1).mean().neg();
        Assert.Equal(expected.item<float>(), loss.item<float>(), 5);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(4)]
    public void Beta_has_its_mean_and_variance(double a)
    {
        var random = new SeededRandom(5, 0);
        var drawn = Enumerable.Range(0, 40_000).Select(_ => random.Beta(a)).ToArray();
        Assert.All(drawn, share => Assert.InRange(share, 0, 1));
        Assert.InRange(drawn.Average(), 0.49, 0.51);
        var variance = 1 / (4 * ((2 * a) + 1));
        Assert.InRange(drawn.Average(share => Math.Pow(share - 0.5, 2)), variance * 0.97, variance * 1.03);
    }

    [Fact]
    public void The_same_seed_and_step_draw_the_same_changes()
    {
        var augmentation = new Augmentation(true, 2, 2, 20, 0.1, 0.1, 0.1);
        using var first = augmentation.Apply(images, null, new SeededRandom(1, 1)).Images;
        using var again = augmentation.Apply(images, null, new SeededRandom(1, 1)).Images;
        using var nextStep = augmentation.Apply(images, null, new SeededRandom(1, 2)).Images;
        using var otherSeed = augmentation.Apply(images, null, new SeededRandom(2, 1)).Images;
        Assert.True(first.Equals(again));
        Assert.False(first.Equals(nextStep));
        Assert.False(first.Equals(otherSeed));
    }

    [Fact]
    public void Every_number_below_a_bound_is_drawn_about_as_often()
    {
        var random = new SeededRandom(3, 0);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++) counts[random.Below(7)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
    }
}
