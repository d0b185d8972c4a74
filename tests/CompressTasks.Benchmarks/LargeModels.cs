using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using DataLocation = CompressTasks.Onnx.Schema.TensorProto.Types.DataLocation;

namespace CompressTasks.Benchmarks;

/// <summary>Models by their size: as many weights as asked for, or as many nodes.</summary>
static class LargeModels
{
    /// <summary>A residual network for images of 64 x 64 with normalisations, 3 stages of 3 blocks.</summary>
    /// <param name="parameters">About how many weights it has.</param>
    public static OnnxModel Convolutional(long parameters)
    {
        // Widths of w, 2w and 4w, six convolutions of 3 x 3 each.
        var width = (int)Math.Sqrt(parameters / (9.0 * 6 * 21));
        var b = new ModelBuilder();
        var x = b.Input("x", "N", 3, 64, 64);
        for (var stage = 0; stage < 3; stage++)
        {
            x = b.Relu(b.BatchNormalization(b.Conv(x, width << stage, 3, stride: 2, padding: 1, bias: false)));
            for (var block = 0; block < 3; block++) x = Block(b, x, width << stage);
        }

        return b.Build(b.Gemm(b.Flatten(b.GlobalAveragePool(x)), 1000));
    }

    /// <summary>A transformer of 12 blocks over 64 tokens: attention of 64 numbers a head, and a layer of four times the width.</summary>
    /// <inheritdoc cref="Convolutional"/>
    public static OnnxModel Transformer(long parameters)
    {
        const int blocks = 12, tokens = 64, size = 64;
        var heads = Math.Max(1, (int)(Math.Sqrt(parameters / (12.0 * blocks)) / size));
        var b = new ModelBuilder(opset: 20);
        var x = b.Input("x", "N", tokens, heads * size);
        for (var block = 0; block < blocks; block++)
        {
            x = b.Add(x, Attention(b, Normalized(b, x), heads, size));
            x = b.Add(x, b.MatMul(b.Node("Gelu", [b.MatMul(Normalized(b, x), 4 * heads * size)]), heads * size));
        }

        return b.Build(b.MatMul(Normalized(b, x), 2));
    }

    /// <summary>A residual network of so many blocks of eight channels.</summary>
    public static OnnxModel Deep(int blocks)
    {
        var b = new ModelBuilder();
        var x = b.Relu(b.Conv(b.Input("x", "N", 3, 8, 8), 8, 3, padding: 1));
        for (var block = 0; block < blocks; block++) x = Block(b, x, 8);
        return b.Build(b.Gemm(b.Flatten(b.GlobalAveragePool(x)), 10));
    }

    /// <summary>A network of so many branches beside each other, concatenated.</summary>
    public static OnnxModel Wide(int branches)
    {
        var b = new ModelBuilder();
        var x = b.Relu(b.Conv(b.Input("x", "N", 3, 8, 8), 8, 3, padding: 1));
        string[] parts = [.. Enumerable.Range(0, branches).Select(_ => b.Relu(b.BatchNormalization(b.Conv(b.Relu(b.Conv(x, 4, 3, padding: 1)), 4, 1))))];
        return b.Build(b.Gemm(b.Flatten(b.GlobalAveragePool(b.Concat(1, parts))), 10));
    }

    /// <summary>Writes the model with its weights in a file of their own.</summary>
    public static void WriteInTwoFiles(OnnxModel model, string path)
    {
        using (var data = File.Create(path + ".data"))
        {
            foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.RawData.Length >= 1024)) Move(tensor, data);
        }

        model.Write(path);
    }

    static void Move(TensorProto tensor, FileStream data)
    {
        (string Key, string Value)[] entries =
        [
            ("location", Path.GetFileName(data.Name)),
            ("offset", data.Position.ToString(CultureInfo.InvariantCulture)),
            ("length", tensor.RawData.Length.ToString(CultureInfo.InvariantCulture)),
        ];
        data.Write(tensor.RawData.Span);
        tensor.ClearRawData();
        tensor.DataLocation = DataLocation.External;
        tensor.ExternalData.AddRange(entries.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
    }

    static string Block(ModelBuilder b, string x, int width)
    {
        string Layer(string input) => b.BatchNormalization(b.Conv(input, width, 3, padding: 1, bias: false));
        return b.Relu(b.Add(x, Layer(b.Relu(Layer(x)))));
    }

    static string Attention(ModelBuilder b, string x, int heads, int size)
    {
        string Heads(params long[] order) => b.Transpose(b.Reshape(b.MatMul(x, heads * size), 0, 0, heads, size), order);
        var scores = b.Softmax(b.Mul(b.Node("MatMul", [Heads(0, 2, 1, 3), Heads(0, 2, 3, 1)]), b.Scalar(0.125f)));
        return b.MatMul(b.Reshape(b.Transpose(b.Node("MatMul", [scores, Heads(0, 2, 1, 3)]), 0, 2, 1, 3), 0, 0, heads * size), heads * size);
    }

    static string Normalized(ModelBuilder b, string x)
    {
        var width = b.Length(x, -1);
        return b.Node("LayerNormalization", [x, b.Weight("scale", [width], [.. Enumerable.Repeat(1f, (int)width)]), b.Weight("bias", [width], new float[width])]);
    }
}
