using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Optimization;

public class AugmentationTests
{
    readonly Tensor images = arange(64 * 2 * 5 * 4, dtype: ScalarType.Float32).add(1).reshape(64, 2, 5, 4);

    [Fact]
    public void A_flip_mirrors_some_samples_left_to_right_and_leaves_the_others()
    {
        using var changed = new Augmentation(Flip: true).Apply(images, new SeededRandom(1, 1));
        var mirrored = images.flip(3);
        var flips = Enumerable.Range(0, 64).Count(i => changed[i].Equals(mirrored[i]));
        var kept = Enumerable.Range(0, 64).Count(i => changed[i].Equals(images[i]));
        Assert.Equal(64, flips + kept);
        Assert.InRange(flips, 16, 48);
    }

    [Fact]
    public void A_shift_moves_each_sample_as_a_whole_and_fills_with_zeros()
    {
        using var changed = new Augmentation(Shift: 2).Apply(images, new SeededRandom(1, 1));
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
        using var changed = new Augmentation(Cutout: 2).Apply(images, new SeededRandom(1, 2));
        var cleared = changed.eq(0).sum([2, 3]);
        Assert.True(cleared[TensorIndex.Colon, 0].Equals(cleared[TensorIndex.Colon, 1]));
        Assert.Equal([1L, 2L, 4L], cleared.reshape(-1).data<long>().ToArray().Distinct().Order());
        Assert.True(changed.eq(images).logical_or(changed.eq(0)).all().item<bool>());
    }

    [Fact]
    public void The_same_seed_and_step_draw_the_same_changes()
    {
        var augmentation = new Augmentation(true, 2, 2);
        using var first = augmentation.Apply(images, new SeededRandom(1, 1));
        using var again = augmentation.Apply(images, new SeededRandom(1, 1));
        using var nextStep = augmentation.Apply(images, new SeededRandom(1, 2));
        using var otherSeed = augmentation.Apply(images, new SeededRandom(2, 1));
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
