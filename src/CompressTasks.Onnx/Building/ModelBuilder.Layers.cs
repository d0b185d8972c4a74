namespace CompressTasks.Onnx;

/// <summary>The layers that convolutional networks and multi-layer perceptrons are made of. Images are [N, C, H, W].</summary>
public sealed partial class ModelBuilder
{
    /// <summary>The gain that keeps the variance through a ReLU.</summary>
    const double HeGain = 1.4142135623730951;

    /// <param name="input">[N, C, H, W] with C known.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="kernel">Height and width of the kernel.</param>
    /// <param name="stride">Step on both axes.</param>
    /// <param name="padding">Zeros on every side.</param>
    /// <param name="groups">Divides the input and the output channels.</param>
    /// <param name="dilation">Distance between the kernel's taps.</param>
    /// <param name="bias">Whether a bias, 0 at first, is added.</param>
    /// <param name="name">Name of node and output.</param>
    public string Conv(
        string input,
        int channels,
        int kernel,
        int stride = 1,
        int padding = 0,
        int groups = 1,
        int dilation = 1,
        bool bias = true,
        string? name = null)
    {
        var perGroup = Length(input, 1) / groups;
        name = names.Next(name ?? "conv");
        List<string> inputs = [input, RandomWeight(name + ".weight", [channels, perGroup, kernel, kernel], perGroup * kernel * kernel, HeGain)];
        if (bias) inputs.Add(Weight(name + ".bias", [channels], new float[channels]));
        return Named(name, "Conv", inputs, new
        {
            kernel_shape = new[] { kernel, kernel },
            strides = new[] { stride, stride },
            pads = new[] { padding, padding, padding, padding },
            dilations = new[] { dilation, dilation },
            group = groups,
        });
    }

    /// <summary>Transposed convolution; parameters as for <see cref="Conv"/>.</summary>
    public string ConvTranspose(
        string input,
        int channels,
        int kernel,
        int stride = 1,
        int padding = 0,
        int outputPadding = 0,
        int groups = 1,
        bool bias = true,
        string? name = null)
    {
        var given = Length(input, 1);
        name = names.Next(name ?? "convtranspose");
        var fanIn = Math.Max(given / groups * kernel * kernel / (stride * stride), 1);
        List<string> inputs = [input, RandomWeight(name + ".weight", [given, channels / groups, kernel, kernel], fanIn, HeGain)];
        if (bias) inputs.Add(Weight(name + ".bias", [channels], new float[channels]));
        return Named(name, "ConvTranspose", inputs, new
        {
            kernel_shape = new[] { kernel, kernel },
            strides = new[] { stride, stride },
            pads = new[] { padding, padding, padding, padding },
            output_padding = new[] { outputPadding, outputPadding },
            group = groups,
        });
    }

    /// <summary>Batch normalisation with scale 1, bias 0, running mean 0 and running variance 1.</summary>
    public string BatchNormalization(string input, float epsilon = 1e-5f, string? name = null)
    {
        var channels = Length(input, 1);
        name = names.Next(name ?? "batchnorm");
        string Filled(string role, float value)
        {
            var values = new float[channels];
            Array.Fill(values, value);
            return Weight($"{name}.{role}", [channels], values);
        }

        string[] inputs = [input, Filled("weight", 1), Filled("bias", 0), Filled("running_mean", 0), Filled("running_var", 1)];
        return Named(name, "BatchNormalization", inputs, new { epsilon });
    }

    /// <summary>Fully connected layer [N, features in] to [N, features], weight stored [features, features in].</summary>
    /// <param name="input">[N, features in].</param>
    /// <param name="features">Outputs.</param>
    /// <param name="bias">Whether a bias, 0 at first, is added.</param>
    /// <param name="gain">Standard deviation of the weights times the root of the inputs; the default suits a ReLU behind it.</param>
    /// <param name="name">Name of node and output.</param>
    public string Gemm(string input, int features, bool bias = true, double gain = HeGain, string? name = null)
    {
        var given = Length(input, 1);
        name = names.Next(name ?? "gemm");
        List<string> inputs = [input, RandomWeight(name + ".weight", [features, given], given, gain)];
        if (bias) inputs.Add(Weight(name + ".bias", [features], new float[features]));
        return Named(name, "Gemm", inputs, new { transB = 1 });
    }

    /// <summary>Matrix product of the last axis with a weight [features in, features].</summary>
    public string MatMul(string input, int features, string? name = null)
    {
        var given = Length(input, -1);
        name = names.Next(name ?? "matmul");
        return Named(name, "MatMul", [input, RandomWeight(name + ".weight", [given, features], given, 1)], null);
    }

    public string Relu(string input) => Node("Relu", [input]);

    /// <summary>min(max(x, 0), 6).</summary>
    public string Relu6(string input) => Node("Clip", [input, Scalar(0), Scalar(6)]);

    public string Sigmoid(string input) => Node("Sigmoid", [input]);

    public string Softmax(string input, int axis = -1, string? name = null) => Node("Softmax", [input], new { axis }, name);

    public string MaxPool(string input, int kernel, int stride, int padding = 0) => Node("MaxPool", [input], Window(kernel, stride, padding));

    public string AveragePool(string input, int kernel, int stride, int padding = 0) => Node("AveragePool", [input], Window(kernel, stride, padding));

    public string GlobalAveragePool(string input) => Node("GlobalAveragePool", [input]);

    public string Flatten(string input, int axis = 1) => Node("Flatten", [input], new { axis });

    public string Add(string left, string right, string? name = null) => Node("Add", [left, right], null, name);

    public string Mul(string left, string right, string? name = null) => Node("Mul", [left, right], null, name);

    public string Concat(int axis, params string[] inputs) => Node("Concat", inputs, new { axis });

    /// <summary>Parts of the given lengths along an axis.</summary>
    public string[] Split(string input, int axis, params long[] lengths) => Nodes("Split", [input, Integers(lengths)], lengths.Length, new { axis });

    public string Reshape(string input, params long[] target) => Node("Reshape", [input, Integers(target)]);

    public string Transpose(string input, params long[] permutation) => Node("Transpose", [input], new { perm = permutation });

    static object Window(int kernel, int stride, int padding) => new
    {
        kernel_shape = new[] { kernel, kernel },
        strides = new[] { stride, stride },
        pads = new[] { padding, padding, padding, padding },
    };
}
