namespace CompressTasks.Training.Tests.Operators;

public class ResizeTests
{
    public static TheoryData<string, string, float[]> Modes()
    {
        var data = new TheoryData<string, string, float[]>();
        foreach (var mode in new[] { "nearest", "linear", "cubic" })
        {
            foreach (var coordinates in new[] { "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric" })
            {
                foreach (var scales in new float[][] { [1, 1, 2, 2], [1, 1, 0.6f, 1.7f], [1, 1, 3, 0.5f] }) data.Add(mode, coordinates, scales);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Resize_by_scales(string mode, string coordinates, float[] scales) =>
        new OperatorCase("Resize", 13).Input([1, 2, 5, 6]).Omitted().Floats(scales).With("mode", mode).With("coordinate_transformation_mode", coordinates).Agrees(tolerance: 2e-5);

    [Theory]
    [InlineData("floor")]
    [InlineData("ceil")]
    [InlineData("round_prefer_floor")]
    [InlineData("round_prefer_ceil")]
    public void Resize_to_the_nearest_entry(string nearest)
    {
        foreach (var coordinates in new[] { "half_pixel", "asymmetric", "align_corners", "tf_half_pixel_for_nn" })
        {
            foreach (var scales in new float[][] { [1, 1, 2, 4], [1, 1, 2.5f, 0.4f], [1, 1, 1.5f, 3] })
            {
                new OperatorCase("Resize", 13).Input([1, 2, 6, 7]).Omitted().Floats(scales)
                    .With("nearest_mode", nearest).With("coordinate_transformation_mode", coordinates).Agrees();
            }
        }
    }

    [Theory]
    [InlineData("nearest")]
    [InlineData("linear")]
    [InlineData("cubic")]
    public void Resize_to_sizes(string mode)
    {
        new OperatorCase("Resize", 13).Input([2, 3, 4, 5]).Omitted().Omitted().Longs(2, 3, 7, 9).With("mode", mode).Agrees();
        new OperatorCase("Resize", 18).Input([2, 3, 4, 5]).Omitted().Omitted().Longs(8, 3).With("axes", [2, 3]).With("mode", mode).Agrees();
        new OperatorCase("Resize", 18).Input([2, 3, 4, 5]).Omitted().Omitted().Longs(9, 9).With("axes", [2, 3]).With("keep_aspect_ratio_policy", "not_larger").With("mode", mode).Agrees();
    }

    [Fact]
    public void Resize_with_symmetric_coordinates_and_another_cubic_kernel()
    {
        new OperatorCase("Resize", 19).Input([1, 1, 5, 6]).Omitted().Floats(1, 1, 0.7f, 1.3f).With("mode", "linear").With("coordinate_transformation_mode", "half_pixel_symmetric").Agrees();
        new OperatorCase("Resize", 13).Input([1, 1, 5, 6]).Omitted().Floats(1, 1, 2, 2).With("mode", "cubic").With("cubic_coeff_a", -0.5f).Agrees();
        new OperatorCase("Resize", 13).Input([1, 1, 5, 6]).Omitted().Floats(1, 1, 2, 2).With("mode", "cubic").With("exclude_outside", 1).Agrees();
    }

    [Fact]
    public void Resize_and_Upsample_of_older_operator_sets()
    {
        new OperatorCase("Resize", 10).Input([1, 2, 4, 5]).Floats(1, 1, 2, 3).Agrees();
        new OperatorCase("Resize", 10).Input([1, 2, 4, 5]).Floats(1, 1, 2, 3).With("mode", "linear").Agrees();
        new OperatorCase("Upsample", 9).Input([1, 2, 4, 5]).Floats(1, 1, 2, 2).Agrees();
        new OperatorCase("Upsample", 9).Input([1, 2, 4, 5]).Floats(1, 1, 2, 3).With("mode", "linear").Agrees();
    }

    [Theory]
    [InlineData("bilinear", "zeros", 0)]
    [InlineData("bilinear", "border", 1)]
    [InlineData("bilinear", "reflection", 0)]
    [InlineData("nearest", "zeros", 0)]
    public void GridSample(string mode, string padding, long alignsCorners) =>
        new OperatorCase("GridSample", 16).Input([2, 3, 5, 6]).Input([2, 4, 3, 2], -1.3f, 1.3f)
            .With("mode", mode).With("padding_mode", padding).With("align_corners", alignsCorners).Agrees();
}
