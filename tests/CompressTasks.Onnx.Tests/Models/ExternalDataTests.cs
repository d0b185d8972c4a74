using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using DataLocation = CompressTasks.Onnx.Schema.TensorProto.Types.DataLocation;

namespace CompressTasks.Onnx.Tests;

public class ExternalDataTests
{
    [Fact]
    public void Weights_beside_the_model_are_read_into_it_and_written_inline()
    {
        using var folder = new TemporaryFolder();
        var original = Networks.LeNet300100();
        var path = Split(folder, original);

        var model = OnnxModel.Read(path);
        model.Write(folder.File("inline.onnx"));

        Assert.Equal(original.Proto, model.Proto);
        Assert.Equal(original.Proto.ToByteArray(), File.ReadAllBytes(folder.File("inline.onnx")));
    }

    [Fact]
    public void A_model_above_the_limit_puts_its_weights_into_a_file_beside_it_that_the_runtime_reads()
    {
        using var folder = new TemporaryFolder();
        var model = Networks.LeNet300100();
        var path = folder.File("model.onnx");

        var bytes = ModelFile.Write(model, path, largestMessage: 100_000);

        Assert.Equal(["model.onnx", "model.onnx.data"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        Assert.Equal(bytes, Directory.GetFiles(folder.Path).Sum(file => new FileInfo(file).Length));
        Assert.InRange(new FileInfo(path).Length, 1, 100_000);
        var read = OnnxModel.Read(path);
        Assert.Equal(model.Proto, read.Proto);
        Assert.Equal(bytes, read.BytesOnDisk);
        Assert.Null(model.BytesOnDisk);
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(path);
        Assert.Equal(["logits"], session.OutputNames);
    }

    [Fact]
    public void A_model_that_is_too_large_without_its_weights_is_not_written()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<ModelException>(() => ModelFile.Write(Networks.LeNet300100(), folder.File("model.onnx"), largestMessage: 100));

        Assert.Equal(ModelException.NotWritten, error.Code);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("/etc/hostname")]
    [InlineData("../weights.bin")]
    [InlineData("sub/../../weights.bin")]
    [InlineData("..\\weights.bin")]
    [InlineData("missing.bin")]
    [InlineData("weights\0.bin")]
    [InlineData("")]
    public void Files_outside_the_folder_and_missing_ones_are_refused(string location)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("models"));
        folder.Write("weights.bin", new byte[2_000_000]);

        var error = Refused(folder, "models/model.onnx", ("location", location));

        Assert.Equal(ModelException.ExternalData, error.Code);
        Assert.Contains("'fc1.weight'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_that_lead_out_of_the_folder_are_refused_and_links_inside_are_not()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("models"));
        folder.Write("outside.bin", new byte[300 * 784 * 4]);
        folder.Write("models/inside.bin", new byte[300 * 784 * 4]);
        File.CreateSymbolicLink(folder.File("models/out.bin"), folder.File("outside.bin"));
        Directory.CreateSymbolicLink(folder.File("models/up"), folder.Path);
        File.CreateSymbolicLink(folder.File("models/in.bin"), folder.File("models/inside.bin"));

        Assert.Equal(ModelException.ExternalData, Refused(folder, "models/model.onnx", ("location", "out.bin")).Code);
        Assert.Equal(ModelException.ExternalData, Refused(folder, "models/model.onnx", ("location", "up/outside.bin")).Code);
        Assert.Equal(0, OnnxModel.Read(WithEntries(folder, "models/model.onnx", ("location", "in.bin"))).Graph.Initializer[0].ToFloats()[5]);
    }

    [Theory]
    [InlineData("offset", "-1")]
    [InlineData("offset", "many")]
    [InlineData("offset", "99999999999999999999")]
    [InlineData("offset", "2000000")]
    [InlineData("length", "100")]
    [InlineData("length", "9223372036854775807")]
    public void Places_that_the_data_file_does_not_have_are_refused(string key, string value)
    {
        using var folder = new TemporaryFolder();
        folder.Write("weights.bin", new byte[300 * 784 * 4]);

        Assert.Equal(ModelException.ExternalData, Refused(folder, "model.onnx", ("location", "weights.bin"), (key, value)).Code);
    }

    static ModelException Refused(TemporaryFolder folder, string name, params (string Key, string Value)[] entries)
    {
        var path = WithEntries(folder, name, entries);
        return Assert.Throws<ModelException>(() => OnnxModel.Read(path));
    }

    static string WithEntries(TemporaryFolder folder, string name, params (string Key, string Value)[] entries)
    {
        var proto = Networks.LeNet300100().Proto;
        Refer(proto.Graph.Initializer[0], entries);
        return folder.Write(name, proto.ToByteArray());
    }

    static string Split(TemporaryFolder folder, OnnxModel model)
    {
        var proto = model.Proto.Clone();
        var bytes = new List<byte>();
        foreach (var tensor in proto.Graph.Initializer)
        {
            var (offset, length) = (bytes.Count, tensor.RawData.Length);
            bytes.AddRange(tensor.RawData.Span);
            Refer(tensor, ("location", "data/weights.bin"), ("offset", $"{offset}"), ("length", $"{length}"));
        }

        Directory.CreateDirectory(folder.File("data"));
        folder.Write("data/weights.bin", [.. bytes]);
        return folder.Write("model.onnx", proto.ToByteArray());
    }

    static void Refer(TensorProto tensor, params (string Key, string Value)[] entries)
    {
        tensor.ClearRawData();
        tensor.DataLocation = DataLocation.External;
        foreach (var (key, value) in entries) tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
    }
}
