using CompressTasks.Onnx.Schema;
using Google.Protobuf;

namespace CompressTasks.Onnx.Tests;

public class DamagedFileTests
{
    [Fact]
    public void A_file_that_does_not_exist_is_named()
    {
        var error = Assert.Throws<ModelException>(() => OnnxModel.Read("no/such/model.onnx"));

        Assert.Equal(ModelException.NotFound, error.Code);
        Assert.Equal("no/such/model.onnx", error.File);
    }

    public static TheoryData<string, byte[]> NotModels => new()
    {
        { "empty", [] },
        { "text", System.Text.Encoding.UTF8.GetBytes("This is a text, not a network.\n") },
        { "zeros", new byte[4096] },
        { "zip", [0x50, 0x4b, 0x03, 0x04, 0x14, 0, 0, 0, 8, 0, 1, 2, 3, 4] },
        { "length that the file does not have", [0x3a, 0xff, 0xff, 0xff, 0xff, 0x07] },
        { "number without end", [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] },
        { "message without graph", new ModelProto { IrVersion = 8 }.ToByteArray() },
        { "graph in a graph in a graph", Nested(2000) },
    };

    [Theory]
    [MemberData(nameof(NotModels))]
    public void What_is_no_model_is_said_to_be_none(string name, byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write(name, bytes);

        var error = Assert.Throws<ModelException>(() => OnnxModel.Read(path));

        Assert.Equal(ModelException.NotOnnx, error.Code);
        Assert.Equal(path, error.File);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void A_model_cut_at_any_place_ends_in_an_error_or_is_whole()
    {
        using var folder = new TemporaryFolder();
        var b = new ModelBuilder();
        var bytes = b.Build(b.Conv(b.Input("x", "N", 3, 8, 8), 4, 3)).Proto.ToByteArray();

        for (var length = 0; length < bytes.Length; length += 7)
        {
            var path = folder.Write("model.onnx", bytes[..length]);
            Assert.Throws<ModelException>(() => OnnxModel.Read(path));
        }
    }

    [Fact]
    public void A_model_with_any_byte_changed_is_read_or_refused_but_never_crashes()
    {
        using var folder = new TemporaryFolder();
        var b = new ModelBuilder();
        var x = b.Conv(b.Input("x", "N", 3, 8, 8), 2, 3);
        var bytes = b.Build(b.Reshape(b.MaxPool(x, 2, 2), 0, -1)).Proto.ToByteArray();
        var random = new Random(5);
        var read = 0;
        for (var i = 0; i < 400; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                var model = OnnxModel.Read(folder.Write("model.onnx", damaged));
                read++;
                ModelChecker.Check(model);
                Simplification.Apply(model);
                CostModel.Count(model, ShapeInference.Infer(model, InputShapes.Resolve(model)));
            }
            catch (ModelException)
            {
                // What a damaged file should end in.
            }
        }

        Assert.InRange(read, 1, 399);
    }

    [Theory]
    [InlineData(long.MaxValue, 4)]
    [InlineData(1L << 40, 1L << 40)]
    [InlineData(3, 3)]
    public void Dimensions_that_the_bytes_do_not_fill_are_refused_without_allocating(long rows, long columns)
    {
        using var folder = new TemporaryFolder();
        var model = Networks.LeNet300100();
        var weight = model.Graph.Initializer[0];
        weight.Dims.Clear();
        weight.Dims.AddRange([rows, columns]);
        var path = folder.Write("model.onnx", model.Proto.ToByteArray());
        OnnxModel.Read(folder.Write("good.onnx", Networks.LeNet300100().Proto.ToByteArray()));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<ModelException>(() => OnnxModel.Read(path));

        Assert.Equal(ModelException.InvalidGraph, error.Code);
        Assert.Contains("'fc1.weight'", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * new FileInfo(path).Length);
    }

    static byte[] Nested(int depth)
    {
        var inner = Array.Empty<byte>();
        for (var i = 0; i < depth; i++)
        {
            // A graph (7 in the model, 6 in an attribute) with one node (1) with one attribute (5).
            foreach (var tag in new byte[] { 0x32, 0x2a, 0x0a }) inner = [tag, .. Length(inner.Length), .. inner];
        }

        return [0x08, 0x08, 0x3a, .. Length(inner.Length), .. inner];
    }

    static byte[] Length(int value)
    {
        var bytes = new List<byte>();
        for (; value > 127; value >>= 7) bytes.Add((byte)(value | 128));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
