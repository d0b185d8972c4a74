using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Random moves and blanks, of a batch [n, channels, height, width] at once; every function gives new tensors in the caller's scope. Masks, int64
/// [n, height, width], are moved alongside, and what comes in is <see cref="Losses.IgnoredClass"/>.
/// </summary>
static class ImageChanges
{
    public static (Tensor Images, Tensor? Masks) FlipAndShift(Tensor images, Tensor? masks, bool flip, int shift, SeededRandom random)
    {
        using var scope = NewDisposeScope();
        var shape = images.shape;
        var (count, channels, rows, columns) = ((int)shape[0], shape[1], shape[2], shape[3]);
        var (tops, lefts, directions, firsts) = (new long[count], new long[count], new long[count], new long[count]);
        for (var i = 0; i < count; i++)
        {
            var isMirrored = flip && random.Coin();
            directions[i] = isMirrored ? -1 : 1;
            firsts[i] = isMirrored ? columns - 1 : 0;
            if (shift == 0) continue;
            tops[i] = random.Below((2 * shift) + 1);
            lefts[i] = random.Below((2 * shift) + 1);
        }

        var y = arange(rows).view(1, rows, 1).add(tensor(tops).view(count, 1, 1)).mul(columns + (2 * shift));
        var x = arange(columns).view(1, 1, columns)
            .mul(tensor(directions).view(count, 1, 1))
            .add(tensor(firsts).add_(tensor(lefts)).view(count, 1, 1));
        var sources = y.add(x).view(count, rows * columns).to(images.device);
        var moved = Padded(images, 0).flatten(2).gather(2, sources.unsqueeze(1).expand(count, channels, rows * columns)).view(shape);
        var classes = masks is null ? null : Padded(masks, Losses.IgnoredClass).flatten(1).gather(1, sources).view(masks.shape);
        return (moved.MoveToOuterDisposeScope(), classes?.MoveToOuterDisposeScope());

        Tensor Padded(Tensor whole, double value) => shift > 0 ? nn.functional.pad(whole, (shift, shift, shift, shift), value: value) : whole;
    }

    public static Tensor Cutout(Tensor images, int side, SeededRandom random)
    {
        using var scope = NewDisposeScope();
        var shape = images.shape;
        var (count, rows, columns) = ((int)shape[0], shape[2], shape[3]);
        var (centreRows, centreColumns) = (new long[count], new long[count]);
        for (var i = 0; i < count; i++)
        {
            centreRows[i] = random.Below((int)rows);
            centreColumns[i] = random.Below((int)columns);
        }

        var squares = Band(rows, centreRows).view(count, 1, rows, 1).logical_and(Band(columns, centreColumns).view(count, 1, 1, columns));
        return images.masked_fill(squares.to(images.device), 0).MoveToOuterDisposeScope();

        // Positions from the centre minus half a side, the side long; clipped by the border.
        Tensor Band(long length, long[] centres)
        {
            var start = tensor(centres).view(count, 1).sub_(side / 2);
            var position = arange(length).view(1, length);
            return position.ge(start).logical_and(position.lt(start.add(side)));
        }
    }

    /// <summary>Each image about its centre by its own angle, bilinear; masks by the nearest pixel.</summary>
    public static (Tensor Images, Tensor? Masks) Rotate(Tensor images, Tensor? masks, double mostDegrees, SeededRandom random)
    {
        using var scope = NewDisposeScope();
        var (count, height, width) = ((int)images.shape[0], images.shape[2], images.shape[3]);
        var turns = new float[count * 6];
        for (var i = 0; i < count; i++)
        {
            var (sine, cosine) = Math.SinCos(((2 * random.Unit()) - 1) * mostDegrees * Math.PI / 180);
            // Positions run from -1 to 1 along both sides, whatever their lengths.
            var aspect = (double)height / width;
            (turns[6 * i], turns[(6 * i) + 1]) = ((float)cosine, (float)(-sine * aspect));
            (turns[(6 * i) + 3], turns[(6 * i) + 4]) = ((float)(sine / aspect), (float)cosine);
        }

        var grid = nn.functional.affine_grid(tensor(turns).view(count, 2, 3), images.shape, align_corners: false).to(images.device);
        Tensor Turned(Tensor whole, GridSampleMode mode) => nn.functional.grid_sample(whole, grid, mode, GridSamplePaddingMode.Zeros, align_corners: false);
        // The ignored class has to be 0 while the mask is turned, since that is what comes in.
        var classes = masks is null
            ? null
            : Turned(masks.sub(Losses.IgnoredClass).to(images.dtype).unsqueeze(1), GridSampleMode.Nearest).squeeze(1).round().to(ScalarType.Int64).add_(Losses.IgnoredClass);
        return (Turned(images, GridSampleMode.Bilinear).MoveToOuterDisposeScope(), classes?.MoveToOuterDisposeScope());
    }
}
