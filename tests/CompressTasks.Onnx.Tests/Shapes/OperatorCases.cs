using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx.Tests;

/// <summary>One small graph for each operator and attribute that changes a shape; the builder gets the operator set of the case.</summary>
static class OperatorCases
{
    public static readonly IReadOnlyDictionary<string, (int Opset, Func<ModelBuilder, string[]> Make)> All = Collect();

    static Dictionary<string, (int, Func<ModelBuilder, string[]>)> Collect()
    {
        var all = new Dictionary<string, (int, Func<ModelBuilder, string[]>)>(StringComparer.Ordinal);
        void Add(string name, int opset, Func<ModelBuilder, string> make) => all.Add(name, (opset, b => [make(b)]));
        void AddMany(string name, int opset, Func<ModelBuilder, string[]> make) => all.Add(name, (opset, make));
        string Image(ModelBuilder b, int channels = 4, int height = 11, int width = 9) => b.Input("x", 2, channels, height, width);
        string Node(ModelBuilder b, string op, IEnumerable<string> inputs, object? attributes = null) => b.Node(op, inputs, attributes);
        string Longs(ModelBuilder b, string name, params long[] shape) => b.TypedInput(name, DataType.Int64, [.. shape.Select(Dimension.Known)]);
        string W(ModelBuilder b, params long[] shape) => b.RandomWeight("w", shape, 4, 1);
        string Floats(ModelBuilder b, params float[] values) => b.Weight("f", [values.Length], values);

        string Scalar(ModelBuilder b, long value) => b.Initializer(TensorData.FromLongs("scalar", [], [value]));

        // Convolution
        Add("conv stride padding", 13, b => b.Conv(Image(b), 6, 3, stride: 2, padding: 1));
        Add("conv dilated", 13, b => b.Conv(Image(b), 6, 3, dilation: 2));
        Add("conv grouped", 13, b => b.Conv(Image(b), 8, 3, groups: 4));
        Add("conv same upper", 13, b => Node(b, "Conv", [Image(b), W(b, 6, 4, 3, 3)], new { auto_pad = "SAME_UPPER", strides = new[] { 2, 3 } }));
        Add("conv same lower", 7, b => Node(b, "Conv", [Image(b), W(b, 6, 4, 2, 2)], new { auto_pad = "SAME_LOWER", strides = new[] { 2, 2 } }));
        Add("conv valid", 13, b => Node(b, "Conv", [Image(b), W(b, 6, 4, 3, 3)], new { auto_pad = "VALID", strides = new[] { 2, 2 } }));
        Add("conv asymmetric", 13, b => Node(b, "Conv", [Image(b), W(b, 6, 4, 3, 2)], new { pads = new[] { 0, 1, 2, 3 } }));
        Add("conv 1d", 13, b => Node(b, "Conv", [b.Input("x", 2, 4, 17), W(b, 6, 4, 5)], new { strides = new[] { 3 } }));
        Add("conv 3d", 13, b => Node(b, "Conv", [b.Input("x", 1, 2, 6, 7, 8), W(b, 3, 2, 2, 3, 3)], new { pads = new[] { 1, 1, 1, 1, 1, 1 } }));
        Add("transposed", 13, b => b.ConvTranspose(Image(b), 6, 3, stride: 2, padding: 1));
        Add("transposed output padding", 13, b => b.ConvTranspose(Image(b), 6, 3, stride: 2, padding: 1, outputPadding: 1));
        Add("transposed grouped", 13, b => b.ConvTranspose(Image(b), 8, 2, stride: 2, groups: 2));
        Add("transposed output shape", 13, b => Node(b, "ConvTranspose", [Image(b), W(b, 4, 6, 3, 3)], new { strides = new[] { 2, 2 }, output_shape = new[] { 22, 18 } }));
        Add("transposed same", 13, b => Node(b, "ConvTranspose", [Image(b), W(b, 4, 6, 3, 3)], new { strides = new[] { 2, 2 }, auto_pad = "SAME_UPPER" }));
        Add("transposed dilated", 13, b => Node(b, "ConvTranspose", [Image(b), W(b, 4, 6, 3, 3)], new { dilations = new[] { 2, 2 }, pads = new[] { 0, 1, 1, 0 } }));

        // Pooling
        Add("max pool", 13, b => b.MaxPool(Image(b), 3, 2, 1));
        Add("max pool ceil", 13, b => Node(b, "MaxPool", [Image(b)], new { kernel_shape = new[] { 2, 2 }, strides = new[] { 2, 2 }, ceil_mode = 1 }));
        Add("max pool ceil padded", 13, b => Node(b, "MaxPool", [Image(b, 4, 10, 9)], new { kernel_shape = new[] { 2, 3 }, strides = new[] { 3, 3 }, pads = new[] { 1, 1, 1, 1 }, ceil_mode = 1 }));
        Add("max pool dilated", 13, b => Node(b, "MaxPool", [Image(b)], new { kernel_shape = new[] { 3, 3 }, dilations = new[] { 2, 2 } }));
        AddMany("max pool indices", 13, b => b.Nodes("MaxPool", [Image(b)], 2, new { kernel_shape = new[] { 2, 2 }, strides = new[] { 2, 2 } }));
        Add("average pool same", 11, b => Node(b, "AveragePool", [Image(b)], new { kernel_shape = new[] { 3, 3 }, strides = new[] { 2, 2 }, auto_pad = "SAME_UPPER" }));
        Add("average pool ceil", 19, b => Node(b, "AveragePool", [Image(b, 4, 10, 10)], new { kernel_shape = new[] { 3, 3 }, strides = new[] { 2, 2 }, ceil_mode = 1 }));
        Add("lp pool", 13, b => Node(b, "LpPool", [Image(b)], new { kernel_shape = new[] { 3, 3 } }));
        Add("global average", 13, b => b.GlobalAveragePool(Image(b)));
        Add("global max", 7, b => Node(b, "GlobalMaxPool", [Image(b)]));

        // Matrix products
        Add("gemm transB", 13, b => b.Gemm(b.Input("x", 5, 7), 3));
        Add("gemm transA", 13, b => Node(b, "Gemm", [b.Input("x", 7, 5), W(b, 7, 3)], new { transA = 1 }));
        Add("matmul", 13, b => b.MatMul(b.Input("x", 2, 3, 7), 5));
        Add("matmul broadcast", 13, b => Node(b, "MatMul", [b.Input("x", 2, 1, 3, 7), b.Input("y", 4, 7, 5)]));
        Add("matmul vector left", 13, b => Node(b, "MatMul", [b.Input("x", 7), b.Input("y", 4, 7, 5)]));
        Add("matmul vector right", 13, b => Node(b, "MatMul", [b.Input("x", 4, 5, 7), b.Input("y", 7)]));
        Add("matmul vectors", 13, b => Node(b, "MatMul", [b.Input("x", 7), b.Input("y", 7)]));
        Add("einsum explicit", 13, b => Node(b, "Einsum", [b.Input("x", 2, 3, 4), b.Input("y", 2, 4, 5)], new { equation = "bij,bjk->bik" }));
        Add("einsum implicit", 13, b => Node(b, "Einsum", [b.Input("x", 3, 4), b.Input("y", 4, 5)], new { equation = "ij,jk" }));
        Add("einsum ellipsis", 13, b => Node(b, "Einsum", [b.Input("x", 2, 6, 3, 4), b.Input("y", 4, 5)], new { equation = "...ij,jk->...ik" }));
        Add("einsum trace", 13, b => Node(b, "Einsum", [b.Input("x", 4, 4)], new { equation = "ii->i" }));

        // Element by element
        Add("add broadcast", 13, b => b.Add(b.Input("x", 2, 1, 5), b.Input("y", 3, 1)));
        Add("mul scalar", 7, b => b.Mul(b.Input("x", 2, 5), b.Scalar(2)));
        Add("pow", 13, b => Node(b, "Pow", [b.Input("x", 2, 5), b.Scalar(2)]));
        Add("sum of three", 13, b => Node(b, "Sum", [b.Input("x", 2, 5), b.Input("y", 5), b.Input("z", 2, 1)]));
        Add("greater", 13, b => Node(b, "Greater", [b.Input("x", 2, 5), b.Input("y", 5)]));
        Add("where", 13, b => Node(b, "Where", [b.TypedInput("c", DataType.Bool, 2, 1), b.Input("x", 5), b.Input("y", 3, 1, 1)]));
        Add("clip attributes", 7, b => Node(b, "Clip", [b.Input("x", 2, 5)], new { min = 0f, max = 1f }));
        Add("clip inputs", 13, b => b.Relu6(b.Input("x", 2, 5)));
        Add("cast", 13, b => Node(b, "Cast", [b.Input("x", 2, 5)], new { to = (int)DataType.Int32 }));
        Add("prelu", 13, b => Node(b, "PRelu", [b.Input("x", 2, 5), W(b, 5)]));
        Add("softmax", 11, b => b.Softmax(b.Input("x", 2, 5)));
        Add("erf", 13, b => Node(b, "Erf", [b.Input("x", 2, 5)]));
        Add("hard swish", 14, b => Node(b, "HardSwish", [b.Input("x", 2, 5)]));
        Add("gelu", 20, b => Node(b, "Gelu", [b.Input("x", 2, 5)]));
        Add("isnan", 13, b => Node(b, "IsNaN", [b.Input("x", 2, 5)]));
        Add("cumsum", 14, b => Node(b, "CumSum", [b.Input("x", 2, 5), b.Initializer(TensorData.FromLongs("axis", [], [1]))]));
        AddMany("dropout with mask", 13, b => b.Nodes("Dropout", [b.Input("x", 2, 5)], 2));

        // Normalisation
        Add("batch normalization", 13, b => b.BatchNormalization(Image(b)));
        Add("instance normalization", 13, b => Node(b, "InstanceNormalization", [Image(b), W(b, 4), W(b, 4)]));
        AddMany("layer normalization", 17, b => b.Nodes("LayerNormalization", [b.Input("x", 2, 3, 5), W(b, 3, 5)], 2, new { axis = 1 }));
        Add("group normalization", 21, b => Node(b, "GroupNormalization", [Image(b), W(b, 4), W(b, 4)], new { num_groups = 2 }));
        Add("lrn", 13, b => Node(b, "LRN", [Image(b)], new { size = 3 }));

        // Reductions
        Add("reduce mean attribute", 13, b => Node(b, "ReduceMean", [Image(b)], new { axes = new[] { 2, -1 }, keepdims = 0 }));
        Add("reduce mean input", 18, b => Node(b, "ReduceMean", [Image(b), b.Integers(2, -1)], new { keepdims = 1 }));
        Add("reduce all", 13, b => Node(b, "ReduceSum", [Image(b)], new { keepdims = 0 }));
        Add("reduce sum input", 13, b => Node(b, "ReduceSum", [Image(b), b.Integers(1)], new { keepdims = 0 }));
        Add("reduce nothing", 13, b => Node(b, "ReduceSum", [Image(b)], new { noop_with_empty_axes = 1 }));
        Add("reduce l2", 18, b => Node(b, "ReduceL2", [Image(b), b.Integers(1)]));
        Add("argmax", 13, b => Node(b, "ArgMax", [Image(b)], new { axis = -1, keepdims = 0 }));
        AddMany("topk input", 11, b => b.Nodes("TopK", [b.Input("x", 2, 9), b.Integers(4)], 2));
        AddMany("topk attribute", 7, b => b.Nodes("TopK", [b.Input("x", 2, 9)], 2, new { k = 3, axis = -1 }));

        // Rearranging
        Add("reshape", 13, b => b.Reshape(b.Input("x", 2, 3, 4), 0, -1));
        Add("reshape allowzero", 14, b => Node(b, "Reshape", [b.Input("x", 0, 3), b.Integers(3, 0)], new { allowzero = 1 }));
        Add("flatten", 13, b => b.Flatten(Image(b), 2));
        Add("flatten negative", 13, b => b.Flatten(Image(b), -1));
        Add("flatten all", 13, b => b.Flatten(Image(b), 4));
        Add("transpose", 13, b => b.Transpose(b.Input("x", 2, 3, 4), 2, 0, 1));
        Add("transpose default", 13, b => Node(b, "Transpose", [b.Input("x", 2, 3, 4)]));
        Add("squeeze attribute", 11, b => Node(b, "Squeeze", [b.Input("x", 2, 1, 4, 1)], new { axes = new[] { -1 } }));
        Add("squeeze input", 13, b => Node(b, "Squeeze", [b.Input("x", 2, 1, 4, 1), b.Integers(1, 3)]));
        Add("squeeze all", 13, b => Node(b, "Squeeze", [b.Input("x", 2, 1, 4, 1)]));
        Add("unsqueeze attribute", 11, b => Node(b, "Unsqueeze", [b.Input("x", 2, 4)], new { axes = new[] { 0, 3 } }));
        Add("unsqueeze input", 13, b => Node(b, "Unsqueeze", [b.Input("x", 2, 4), b.Integers(-1, 1)]));
        Add("depth to space", 13, b => Node(b, "DepthToSpace", [Image(b, 8)], new { blocksize = 2 }));
        Add("space to depth", 13, b => Node(b, "SpaceToDepth", [Image(b, 4, 6, 8)], new { blocksize = 2 }));
        Add("expand", 13, b => Node(b, "Expand", [b.Input("x", 3, 1), b.Integers(2, 1, 6)]));
        Add("tile", 13, b => Node(b, "Tile", [b.Input("x", 3, 2), b.Integers(2, 3)]));

        // Joining and cutting
        Add("concat", 13, b => b.Concat(-1, b.Input("x", 2, 3), b.Input("y", 2, 4)));
        AddMany("split attribute", 11, b => b.Nodes("Split", [b.Input("x", 2, 7)], 2, new { axis = 1, split = new[] { 3, 4 } }));
        AddMany("split equal", 11, b => b.Nodes("Split", [b.Input("x", 6, 2)], 3));
        AddMany("split input", 13, b => b.Split(b.Input("x", 2, 7), 1, 3, 4));
        AddMany("split num outputs", 18, b => b.Nodes("Split", [b.Input("x", 7, 2)], 3, new { num_outputs = 3 }));
        Add("slice attribute", 9, b => Node(b, "Slice", [Image(b)], new { axes = new[] { 2, 3 }, starts = new[] { 1, -4 }, ends = new[] { 1000, -1 } }));
        Add("slice input", 13, b => Node(b, "Slice", [Image(b), b.Integers(1, 8), b.Integers(10, 0), b.Integers(2, -1), b.Integers(3, -2)]));
        Add("slice reverse", 13, b => Node(b, "Slice", [b.Input("x", 7), b.Integers(-1), b.Integers(long.MinValue), b.Integers(0), b.Integers(-1)]));
        Add("slice without axes", 13, b => Node(b, "Slice", [b.Input("x", 7, 5), b.Integers(1, 2), b.Integers(3, 100)]));
        Add("slice empty", 13, b => Node(b, "Slice", [b.Input("x", 7, 5), b.Integers(5), b.Integers(2)]));
        Add("pad attribute", 9, b => Node(b, "Pad", [b.Input("x", 3, 4)], new { pads = new[] { 1, 0, 2, 3 } }));
        Add("pad input", 13, b => Node(b, "Pad", [b.Input("x", 3, 4), b.Integers(1, 0, -1, 3)]));
        Add("pad axes", 18, b => Node(b, "Pad", [b.Input("x", 3, 4), b.Integers(2, 1), "", b.Integers(-1)]));
        Add("center crop pad", 18, b => Node(b, "CenterCropPad", [b.Input("x", 8, 4), b.Integers(5, 7)]));

        // Indexing
        Add("gather", 13, b => Node(b, "Gather", [Image(b), b.Initializer(TensorData.FromLongs("i", [2, 3], [0, 1, 2, 3, 0, -1]))], new { axis = 1 }));
        Add("gather scalar", 13, b => Node(b, "Gather", [Image(b), b.Initializer(TensorData.FromLongs("i", [], [1]))], new { axis = 1 }));
        Add("gather elements", 13, b => Node(b, "GatherElements", [b.Input("x", 3, 4), Longs(b, "i", 2, 4)]));
        Add("gather nd", 13, b => Node(b, "GatherND", [b.Input("x", 3, 4, 5), Longs(b, "i", 6, 2)]));
        Add("gather nd batch", 13, b => Node(b, "GatherND", [b.Input("x", 3, 4, 5), Longs(b, "i", 3, 1)], new { batch_dims = 1 }));
        Add("scatter elements", 16, b => Node(b, "ScatterElements", [b.Input("x", 3, 4), Longs(b, "i", 1, 4), b.Input("u", 1, 4)]));
        Add("one hot", 11, b => Node(b, "OneHot", [Longs(b, "i", 3, 4), b.Integers(5), Floats(b, 0, 1)], new { axis = 1 }));
        Add("grid sample", 16, b => Node(b, "GridSample", [Image(b), b.Input("grid", 2, 5, 6, 2)]));
        Add("roi align", 16, b => Node(b, "RoiAlign", [Image(b), b.Input("r", 3, 4), b.Initializer(TensorData.FromLongs("bi", [3], [0, 1, 0]))], new { output_height = 2, output_width = 3 }));

        // Resizing
        Add("upsample attribute", 7, b => Node(b, "Upsample", [Image(b)], new { scales = new[] { 1f, 1f, 2f, 1.5f }, mode = "nearest" }));
        Add("upsample input", 9, b => Node(b, "Upsample", [Image(b), Floats(b, 1, 1, 2, 1.7f)], new { mode = "nearest" }));
        Add("resize 10", 10, b => Node(b, "Resize", [Image(b), Floats(b, 1, 1, 0.6f, 2.5f)]));
        Add("resize scales", 13, b => Node(b, "Resize", [Image(b), "", Floats(b, 1, 1, 1.3f, 2)]));
        Add("resize sizes", 13, b => Node(b, "Resize", [Image(b), "", "", b.Integers(2, 4, 22, 5)]));
        Add("resize axes", 18, b => Node(b, "Resize", [Image(b), "", "", b.Integers(22, 5)], new { axes = new[] { 2, 3 } }));
        Add("resize not larger", 18, b => Node(b, "Resize", [Image(b), "", "", b.Integers(30, 40)], new { axes = new[] { 2, 3 }, keep_aspect_ratio_policy = "not_larger" }));
        Add("resize not smaller", 18, b => Node(b, "Resize", [Image(b), "", "", b.Integers(30, 40)], new { axes = new[] { 2, 3 }, keep_aspect_ratio_policy = "not_smaller" }));

        // Generating
        Add("shape", 13, b => Node(b, "Shape", [Image(b)]));
        Add("shape range", 15, b => Node(b, "Shape", [Image(b)], new { start = 1, end = -1 }));
        Add("size", 13, b => Node(b, "Size", [Image(b)]));
        Add("constant of shape", 13, b => Node(b, "ConstantOfShape", [b.Integers(2, 3)], new { value = TensorData.FromLongs("", [1], [7]) }));
        Add("range", 13, b => Node(b, "Range", [b.Scalar(1), b.Scalar(6.5f), b.Scalar(2)]));
        Add("eye like", 13, b => Node(b, "EyeLike", [b.Input("x", 3, 4)]));
        Add("trilu", 14, b => Node(b, "Trilu", [b.Input("x", 3, 4)]));
        Add("constant", 13, b => b.Add(b.Input("x", 2), Node(b, "Constant", [], new { value_floats = new[] { 1f, 2f } })));

        // Recurrent
        AddMany("lstm", 14, b => b.Nodes("LSTM", [b.Input("x", 5, 2, 3), W(b, 1, 16, 3), W(b, 1, 16, 4)], 3, new { hidden_size = 4 }));
        AddMany("lstm both ways", 7, b => b.Nodes("LSTM", [b.Input("x", 5, 2, 3), W(b, 2, 16, 3), W(b, 2, 16, 4)], 3, new { hidden_size = 4, direction = "bidirectional" }));
        AddMany("gru", 14, b => b.Nodes("GRU", [b.Input("x", 5, 2, 3), W(b, 1, 12, 3), W(b, 1, 12, 4)], 2, new { hidden_size = 4, direction = "reverse" }));
        AddMany("rnn", 14, b => b.Nodes("RNN", [b.Input("x", 5, 2, 3), W(b, 1, 4, 3), W(b, 1, 4, 4)], 2, new { hidden_size = 4 }));

        // Newer ones
        AddMany("attention of heads", 23, b => b.Nodes("Attention", [b.Input("q", 2, 4, 5, 8), b.Input("k", 2, 2, 7, 8), b.Input("v", 2, 2, 7, 6)], 1));
        AddMany("attention of features", 23, b => b.Nodes("Attention", [b.Input("q", 2, 5, 32), b.Input("k", 2, 7, 16), b.Input("v", 2, 7, 12)], 1, new { q_num_heads = 4, kv_num_heads = 2 }));
        Add("rms normalization", 23, b => Node(b, "RMSNormalization", [b.Input("x", 2, 5), W(b, 5)]));
        Add("swish", 24, b => Node(b, "Swish", [b.Input("x", 2, 5)]));
        Add("dft", 17, b => Node(b, "DFT", [b.Input("x", 2, 9, 1)], new { axis = 1, onesided = 1 }));
        Add("dft axis input", 20, b => Node(b, "DFT", [b.Input("x", 2, 9, 1), "", b.Initializer(TensorData.FromLongs("axis", [], [1]))]));
        Add("hann window", 17, b => Node(b, "HannWindow", [b.Initializer(TensorData.FromLongs("size", [], [10]))]));
        Add("affine grid", 20, b => Node(b, "AffineGrid", [b.Input("theta", 2, 2, 3), b.Integers(2, 3, 5, 6)]));
        Add("col2im", 18, b => Node(b, "Col2Im", [b.Input("x", 1, 8, 20), b.Integers(5, 6), b.Integers(2, 2)]));
        Add("cross entropy", 13, b => Node(b, "SoftmaxCrossEntropyLoss", [b.Input("x", 3, 4), Longs(b, "labels", 3)], new { reduction = "none" }));
        Add("mel weights", 17, b => Node(b, "MelWeightMatrix", [Scalar(b, 8), Scalar(b, 16), Scalar(b, 8192), b.Scalar(0), b.Scalar(4096)]));
        Add("reverse sequence", 13, b => Node(b, "ReverseSequence", [b.Input("x", 4, 2), b.Integers(2, 4)]));

        // Quantised
        Add("quantize", 13, b => Node(b, "QuantizeLinear", [Image(b), b.Scalar(0.1f), b.Initializer(TensorData.FromBytes("z", DataType.Int8, [], [0]))]));
        Add("quantize default", 13, b => Node(b, "QuantizeLinear", [Image(b), b.Scalar(0.1f)]));
        Add("dequantize", 13, b => Node(b, "DequantizeLinear", [b.TypedInput("q", DataType.Uint8, 2, 3), b.Scalar(0.1f)]));
        AddMany("dynamic quantize", 11, b => b.Nodes("DynamicQuantizeLinear", [b.Input("x", 2, 3)], 3));
        Add("matmul integer", 10, b => Node(b, "MatMulInteger", [b.TypedInput("x", DataType.Uint8, 2, 3), b.TypedInput("y", DataType.Uint8, 3, 4)]));

        FusedOperatorCases.AddTo(Add, AddMany);

        // Shape arithmetic as exporters write it
        Add("flatten by shape", 13, b =>
        {
            var x = Image(b);
            var batch = Node(b, "Unsqueeze", [Node(b, "Gather", [Node(b, "Shape", [x]), b.Initializer(TensorData.FromLongs("zero", [], [0]))]), b.Integers(0)]);
            return Node(b, "Reshape", [x, b.Concat(0, batch, b.Integers(-1))]);
        });
        Add("resize by floor of half", 13, b =>
        {
            var x = Image(b);
            var shape = Node(b, "Shape", [x]);
            var sides = Node(b, "Slice", [shape, b.Integers(2), b.Integers(4), b.Integers(0)]);
            var half = Node(b, "Floor", [b.Mul(Node(b, "Cast", [sides], new { to = (int)DataType.Float }), b.Scalar(0.5f))]);
            var head = Node(b, "Slice", [shape, b.Integers(0), b.Integers(2), b.Integers(0)]);
            return Node(b, "Resize", [x, "", "", b.Concat(0, head, Node(b, "Cast", [half], new { to = (int)DataType.Int64 }))]);
        });
        Add("expand with where", 13, b =>
        {
            var x = b.Input("x", 1, 4);
            var target = b.Concat(0, Node(b, "Slice", [Node(b, "Shape", [b.Input("y", 3, 4)]), b.Integers(0), b.Integers(1)]), b.Integers(-1));
            var ones = Node(b, "ConstantOfShape", [b.Integers(2)], new { value = TensorData.FromLongs("", [1], [1]) });
            return Node(b, "Expand", [x, Node(b, "Where", [Node(b, "Equal", [target, b.Mul(ones, b.Initializer(TensorData.FromLongs("m", [], [-1])))]), ones, target])]);
        });
        Add("heads", 13, b =>
        {
            var x = b.Input("x", 2, 6, 8);
            var parts = b.Nodes("Split", [Node(b, "Shape", [x]), b.Integers(1, 1, 1)], 3, new { axis = 0 });
            var perHead = Node(b, "Div", [parts[2], b.Integers(4)]);
            return b.Transpose(Node(b, "Reshape", [x, b.Concat(0, parts[0], parts[1], b.Integers(4), perHead)]), 0, 2, 1, 3);
        });
        Add("range of length", 13, b =>
        {
            var length = Node(b, "Gather", [Node(b, "Shape", [b.Input("x", 2, 6)]), b.Initializer(TensorData.FromLongs("one", [], [1]))]);
            long[] scalar = [];
            return Node(b, "Range", [b.Initializer(TensorData.FromLongs("start", scalar, [0])), length, b.Initializer(TensorData.FromLongs("step", scalar, [1]))]);
        });
        Add("count by reduce prod", 13, b =>
        {
            var x = b.Input("x", 2, 3, 4);
            var tail = Node(b, "Slice", [Node(b, "Shape", [x]), b.Integers(1), b.Integers(3)]);
            return Node(b, "Reshape", [x, b.Concat(0, b.Integers(0), Node(b, "ReduceProd", [tail], new { keepdims = 1 }))]);
        });
        return all;
    }
}
