using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Random changes of training images, drawn for each sample from (seed, epoch, step), so that a resumed run draws the same.
/// </summary>
/// <param name="Flip">Mirror half of the samples left to right.</param>
/// <param name="Shift">Move each sample by up to this many pixels in both directions; what comes in is 0. Known as padded random crop.</param>
/// <param name="Cutout">Set a square of this side at a random place to 0 (DeVries and Taylor, "Cutout", 2017); 0 for none.</param>
public sealed record Augmentation(bool Flip = false, int Shift = 0, int Cutout = 0)
{
    public static Augmentation None { get; } = new();

    internal bool IsNone => !Flip && Shift == 0 && Cutout == 0;

    /// <param name="images">[n, channels, height, width]; not changed.</param>
    /// <returns>A new tensor of the same shape.</returns>
    internal Tensor Apply(Tensor images, SeededRandom random)
    {
        using var scope = NewDisposeScope();
        var shape = images.shape;
        var (count, channels, height, width) = (shape[0], shape[1], shape[2], shape[3]);
        var result = images;
        if (Flip || Shift > 0)
        {
            var padded = Shift > 0 ? nn.functional.pad(images, (Shift, Shift, Shift, Shift)) : images;
            var pixels = SourcePixels((int)count, height, width, random);
            result = padded.flatten(2).gather(2, pixels.unsqueeze(1).expand(count, channels, height * width)).view(shape);
        }

        if (Cutout > 0) result = result.masked_fill(Squares((int)count, height, width, random).to(images.device), 0);
        return result.MoveToOuterDisposeScope();

        Tensor SourcePixels(int samples, long rows, long columns, SeededRandom drawn)
        {
            var (tops, lefts, directions, firsts) = (new long[samples], new long[samples], new long[samples], new long[samples]);
            for (var i = 0; i < samples; i++)
            {
                var isMirrored = Flip && drawn.Coin();
                directions[i] = isMirrored ? -1 : 1;
                firsts[i] = isMirrored ? columns - 1 : 0;
                if (Shift == 0) continue;
                tops[i] = drawn.Below((2 * Shift) + 1);
                lefts[i] = drawn.Below((2 * Shift) + 1);
            }

            var y = arange(rows).view(1, rows, 1).add(tensor(tops).view(samples, 1, 1)).mul(columns + (2 * Shift));
            var x = arange(columns).view(1, 1, columns)
                .mul(tensor(directions).view(samples, 1, 1))
                .add(tensor(firsts).add_(tensor(lefts)).view(samples, 1, 1));
            return y.add(x).view(samples, rows * columns).to(images.device);
        }
    }

    Tensor Squares(int samples, long rows, long columns, SeededRandom random)
    {
        var (centreRows, centreColumns) = (new long[samples], new long[samples]);
        for (var i = 0; i < samples; i++)
        {
            centreRows[i] = random.Below((int)rows);
            centreColumns[i] = random.Below((int)columns);
        }

        return Band(rows, centreRows).view(samples, 1, rows, 1).logical_and(Band(columns, centreColumns).view(samples, 1, 1, columns));

        // Positions from the centre minus half a side, the side long; clipped by the border.
        Tensor Band(long length, long[] centres)
        {
            var start = tensor(centres).view(samples, 1).sub_(Cutout / 2);
            var position = arange(length).view(1, length);
            return position.ge(start).logical_and(position.lt(start.add(Cutout)));
        }
    }
}
