using static CompressTasks.OperatorSweep.Operators.Choices;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Conv and ConvTranspose over one, two and three axes.</summary>
static class ConvolutionSweep
{
    static readonly long[][] Inputs = [[2, 4, 9], [2, 4, 8, 7], [1, 4, 5, 6, 5]];
    static readonly long[] Kernel = [3, 2, 3], Strides = [2, 1, 3], Dilations = [2, 3, 1], Pads = [1, 0, 2], OtherPads = [0, 1, 1];

    public static void AddTo(SweepTable table)
    {
        table.Add("Conv", _ => Windows(Convolution));
        table.Add("ConvTranspose", _ => [.. Windows(Transposed), .. TransposedSizes()]);
    }

    static NodeCase Convolution(long[] input, long[] kernel, int groups, bool bias)
    {
        var node = new NodeCase().Data(input).Data([6, input[1] / groups, .. kernel]).With("group", groups == 1 ? null : groups);
        return bias ? node.Data(6) : node;
    }

    static NodeCase Transposed(long[] input, long[] kernel, int groups, bool bias)
    {
        var node = new NodeCase().Data(input).Data([input[1], 6 / groups, .. kernel]).With("group", groups == 1 ? null : groups);
        return bias ? node.Data(6) : node;
    }

    static IEnumerable<NodeCase> Windows(Func<long[], long[], int, bool, NodeCase> make)
    {
        foreach (var input in Inputs)
        {
            var rank = input.Length - 2;
            var kernel = Kernel[..rank];
            foreach (var bias in Flags) yield return make(input, kernel, 1, bias);
            yield return make(input, kernel, 2, true).With("kernel_shape", kernel);
            yield return make(input, kernel, 1, false).With("strides", Strides[..rank]);
            yield return make(input, kernel, 1, false).With("dilations", Dilations[..rank]);
            yield return make(input, kernel, 1, true).With("pads", new long[][] { Pads[..rank], Pads[..rank] }.SelectMany(pad => pad).ToArray());
            yield return make(input, kernel, 2, true).With("pads", new long[][] { Pads[..rank], OtherPads[..rank] }.SelectMany(pad => pad).ToArray())
                .With("strides", Strides[..rank]).With("dilations", Dilations[..rank]);
            foreach (var automatic in new[] { "SAME_UPPER", "SAME_LOWER", "VALID" })
            {
                yield return make(input, kernel, 1, true).With("auto_pad", automatic).With("strides", Strides[..rank]);
            }

            yield return make(input, [.. kernel.Select(_ => 1L)], 2, false).With("strides", Strides[..rank]);
        }

        yield return make([1, 6, 7, 7], [3, 3], 6, true).With("pads", new long[] { 1, 1, 1, 1 });
    }

    static IEnumerable<NodeCase> TransposedSizes()
    {
        foreach (var input in Inputs)
        {
            var rank = input.Length - 2;
            long[] strides = [.. Enumerable.Repeat(3L, rank)], ones = [.. Enumerable.Repeat(1L, rank)];
            long[] wanted = [.. input[2..].Select(length => 3 * length)];
            NodeCase Node() => Transposed(input, Kernel[..rank], 1, true).With("strides", strides);
            yield return Node().With("output_padding", ones);
            yield return Node().With("output_padding", ones).With("pads", new[] { ones, new long[rank] }.SelectMany(pad => pad).ToArray());
            yield return Node().With("output_shape", wanted);
            yield return Node().With("output_shape", wanted).With("output_padding", ones);
            yield return Node().With("output_shape", (long[])[.. wanted.Select(length => length - 3)]);
            foreach (var automatic in new[] { "SAME_UPPER", "SAME_LOWER" })
            {
                yield return Node().With("output_shape", (long[])[.. wanted.Select(length => length - 3)]).With("auto_pad", automatic);
            }
        }
    }
}
