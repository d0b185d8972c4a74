using CompressTasks.Onnx.Schema;
using Google.Protobuf;

namespace CompressTasks.Onnx.Tests;

public class RoundTripTests
{
    [Fact]
    public void What_is_read_and_written_unedited_is_the_same_file()
    {
        using var folder = new TemporaryFolder();
        var model = Networks.CifarResNet(8);
        model.Graph.DocString = "A network.";
        model.Proto.MetadataProps.Add(new StringStringEntryProto { Key = "author", Value = "somebody" });
        model.Graph.Node[0].DocString = "The first layer.";
        var bytes = model.Proto.ToByteArray();
        var path = folder.Write("model.onnx", bytes);

        var written = OnnxModel.Read(path).Write(folder.File("copy.onnx"));

        Assert.Equal(bytes.Length, written);
        Assert.Equal(bytes, File.ReadAllBytes(folder.File("copy.onnx")));
        Assert.Equal(["copy.onnx", "model.onnx"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_model_behind_a_symbolic_link_is_read_whole()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.onnx", Networks.LeNet300100().Proto.ToByteArray());
        File.CreateSymbolicLink(folder.File("link.onnx"), path);

        var (linked, direct) = (OnnxModel.Read(folder.File("link.onnx")), OnnxModel.Read(path));

        Assert.Equal(direct.Proto, linked.Proto);
    }

    [Fact]
    public void Fields_that_the_schema_does_not_know_survive_at_every_level()
    {
        using var folder = new TemporaryFolder();
        var proto = Networks.LeNet300100().Proto;
        proto.Graph.Node[0].MergeFrom(Field(900, "in the node"));
        proto.Graph.Initializer[0].MergeFrom(Field(901, "in the tensor"));
        proto.Graph.MergeFrom(Field(902, "in the graph"));
        proto.MergeFrom(Field(903, "in the model"));
        var path = folder.Write("model.onnx", proto.ToByteArray());

        OnnxModel.Read(path).Write(path);

        var text = System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(path));
        Assert.All(["in the node", "in the tensor", "in the graph", "in the model"], field => Assert.Contains(field, text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_missing_is_made()
    {
        using var folder = new TemporaryFolder();

        Networks.LeNet300100().Write(folder.File("deep/er/model.onnx"));

        Assert.Equal(266_610 * 4, OnnxModel.Read(folder.File("deep/er/model.onnx")).Graph.Initializer.Sum(tensor => tensor.Bytes().Length));
    }

    [Fact]
    public void A_target_that_cannot_be_written_is_an_error_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("model.onnx"));

        var error = Assert.Throws<ModelException>(() => Networks.LeNet300100().Write(folder.File("model.onnx")));

        Assert.Equal(ModelException.NotWritten, error.Code);
        Assert.Empty(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    /// <summary>A length-delimited field that no message of the schema has.</summary>
    static byte[] Field(int number, string text)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteString(text);
        }

        return stream.ToArray();
    }
}
