using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Resampling: Resize in all modes, Upsample, GridSample.</summary>
static class ResizeSweep
{
    static readonly string[] NearestModes = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"];
    static readonly double[][] Scales = [[1, 1, 2, 2], [1, 1, 0.6, 1.7], [1, 1, 3, 0.5], [1, 1, 1, 0.2]];

    public static void AddTo(SweepTable table)
    {
        table.Add("Upsample", opset =>
            from scales in new double[][] { [1, 1, 2, 2], [1, 1, 1.6, 3], [1, 1, 1, 2.5] }
            from mode in new[] { null, "nearest", "linear" }
            select new NodeCase().Data(1, 2, 4, 5).Then(one => opset < 9 ? one.With("scales", scales) : one.Singles(scales)).With("mode", mode), integers: false);
        table.Add("Resize", opset => opset < 11 ? Older() : [.. Modes(opset), .. Sizes(opset), .. Ranks(opset), .. Cropped(), .. opset >= 18 ? Since18(opset) : [], Integers()], integers: false);
        table.Add("GridSample", GridSample);
    }

    static IEnumerable<NodeCase> Older() =>
        from scales in Scales
        from mode in new[] { null, "nearest", "linear" }
        select new NodeCase().Data(1, 2, 4, 5).Singles(scales).With("mode", mode);

    static NodeCase By(int opset, double[] scales) => new NodeCase().Data(1, 2, 5, 6).Then(one => NoRegion(one, opset)).Singles(scales);

    /// <summary>The region of a crop may be left out since operator set 13 and is empty before.</summary>
    static NodeCase NoRegion(NodeCase node, int opset) => opset < 13 ? node.Singles() : node.Omitted();

    static IEnumerable<NodeCase> Modes(int opset)
    {
        string?[] coordinates =
        [
            null, "pytorch_half_pixel", "align_corners", "asymmetric", .. opset < 13 ? new[] { "tf_half_pixel_for_nn" } : [], .. opset >= 19 ? new[] { "half_pixel_symmetric" } : [],
        ];
        foreach (var scales in Scales)
        {
            foreach (var place in coordinates)
            {
                // Where the axis shrinks by 0.6 symmetric places fall on whole numbers but for rounding, so that their floor is anybody's.
                foreach (var nearest in NearestModes.Where(nearest => place != "half_pixel_symmetric" || nearest != "floor" || scales[2] != 0.6)) yield return By(opset, scales).With("coordinate_transformation_mode", place).With("nearest_mode", nearest);
                yield return By(opset, scales).With("coordinate_transformation_mode", place).With("mode", "linear");
                foreach (var (coefficient, excludes) in new (double?, int?)[] { (null, null), (-0.5, null), (null, 1), (-0.5, 1) })
                {
                    yield return By(opset, scales).With("coordinate_transformation_mode", place).With("mode", "cubic").With("cubic_coeff_a", coefficient).With("exclude_outside", excludes);
                }
            }
        }
    }

    static IEnumerable<NodeCase> Sizes(int opset) =>
        from mode in new[] { "nearest", "linear", "cubic" }
        from sizes in new long[][] { [1, 2, 10, 12], [1, 2, 7, 4], [1, 2, 1, 9] }
        select new NodeCase().Data(1, 2, 5, 6).Then(one => NoRegion(NoRegion(one, opset), opset)).Longs(sizes).With("mode", mode);

    static NodeCase Integers() => new NodeCase().Indices(DataType.Int32, -9, 9, 1, 2, 5, 6).Singles().Singles(1, 1, 1.7, 0.6);

    /// <summary>Cubic needs two axes; the others resize any.</summary>
    static IEnumerable<NodeCase> Ranks(int opset) =>
        from mode in new[] { "nearest", "linear" }
        from one in new (long[] Shape, double[] Scales)[] { ([2, 3, 7], [1, 1, 1.5]), ([5, 6], [2, 0.7]), ([1, 2, 3, 4, 5], [1, 1, 2, 1.5, 0.6]), ([7], [2]), ([2, 3, 5, 6], [1, 1, 1, 1]) }
        where mode == "nearest" || one.Shape.Length is not 1
        select new NodeCase().Data(one.Shape).Then(node => NoRegion(node, opset)).Singles(one.Scales).With("mode", mode);

    static IEnumerable<NodeCase> Cropped() =>
        from mode in new[] { "nearest", "linear", "cubic" }
        from outside in new double?[] { null, 0.7 }
        from region in new double[][] { [0, 0, 0.2, 0.1, 1, 1, 0.8, 0.7], [0, 0, -0.2, 0, 1, 1, 1.3, 1] }
        select new NodeCase().Data(1, 2, 5, 6).Singles(region).Singles(1, 1, 1.6, 0.8).With("coordinate_transformation_mode", "tf_crop_and_resize")
            .With("mode", mode).With("extrapolation_value", outside);

    static IEnumerable<NodeCase> Since18(int opset)
    {
        foreach (var mode in new[] { "nearest", "linear", "cubic" })
        {
            foreach (var policy in new[] { "stretch", "not_larger", "not_smaller" })
            {
                yield return new NodeCase().Data(1, 2, 5, 6).Omitted().Omitted().Longs(8, 7).With("axes", new long[] { 2, 3 }).With("keep_aspect_ratio_policy", policy).With("mode", mode);
                yield return new NodeCase().Data(1, 2, 5, 6).Omitted().Omitted().Longs(7, 9).With("axes", new long[] { 3, 2 }).With("keep_aspect_ratio_policy", policy).With("mode", mode);
            }

            yield return new NodeCase().Data(1, 2, 5, 6).Omitted().Singles(1.5, 0.7).With("axes", new long[] { 2, 3 }).With("mode", mode);
        }

        foreach (var mode in new[] { "linear", "cubic" })
        {
            foreach (var scales in new double[][] { [1, 1, 0.5, 0.5], [1, 1, 0.3, 0.7], [1, 1, 2, 0.4], [1, 1, 1.5, 1.2] })
            {
                foreach (var place in (string?[])[null, "align_corners", "asymmetric", "pytorch_half_pixel", .. opset >= 19 ? new[] { "half_pixel_symmetric" } : []])
                {
                    foreach (var excludes in new[] { 0, 1 })
                    {
                        yield return new NodeCase().Data(1, 2, 9, 8).Omitted().Singles(scales).With("antialias", 1).With("mode", mode)
                            .With("coordinate_transformation_mode", place).With("exclude_outside", excludes);
                    }
                }
            }
        }
    }

    static IEnumerable<NodeCase> GridSample(int opset) =>
        from mode in opset < 20 ? new[] { null, "bilinear", "nearest", "bicubic" } : [null, "linear", "nearest", "cubic"]
        from padding in new[] { null, "zeros", "border", "reflection" }
        from corners in new int?[] { null, 1 }
        from volume in opset < 20 || mode == "cubic" ? new[] { false } : [false, true]
        select (volume ? new NodeCase().Data(2, 3, 4, 5, 3).Between(-1.4, 1.4, 2, 2, 3, 2, 3) : new NodeCase().Data(2, 3, 5, 6).Between(-1.4, 1.4, 2, 4, 3, 2))
            .With("mode", mode).With("padding_mode", padding).With("align_corners", corners);
}
