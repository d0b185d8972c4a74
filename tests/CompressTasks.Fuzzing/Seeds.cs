using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Tests;
using Google.Protobuf;

namespace CompressTasks.Fuzzing;

/// <summary>The whole models that cases are made from.</summary>
static class Seeds
{
    /// <summary>Larger files are left out: what is damaged is the structure, of which they have no more.</summary>
    const long LargestFile = 32 << 20;

    /// <summary>The graphs of the pruning tests, a few with parts that those lack, and the models of a folder.</summary>
    public static IReadOnlyList<byte[]> Read(string? folder)
    {
        var names = NastyGraphs.Names.Cast<object[]>().Select(row => (string)row[0]);
        List<byte[]> seeds = [.. names.Select(name => NastyGraphs.Build(name).Proto.ToByteArray())];
        seeds.AddRange(new[] { Networks.CifarResNet(depth: 8, width: 4), Networks.MobileNetV2(size: 32) }.Select(model => model.Proto.ToByteArray()));
        seeds.AddRange(new[] { WithFunction(), WithTypedFields(), WithExternalData(), WithSparseTensor() }.Select(proto => proto.ToByteArray()));
        if (folder is not null)
        {
            seeds.AddRange(new DirectoryInfo(folder).EnumerateFiles("*.onnx").OrderBy(file => file.Name, StringComparer.Ordinal).Where(file => file.Length <= LargestFile).Select(file => File.ReadAllBytes(file.FullName)));
        }

        return seeds;
    }

    static ModelProto Convolutions()
    {
        var b = new ModelBuilder();
        return b.Build(b.Conv(b.Relu(b.Conv(b.Input("x", "N", 3, 8, 8), 4, 3)), 2, 1)).Proto;
    }

    static ModelProto WithFunction()
    {
        var model = Convolutions();
        var function = new FunctionProto { Name = "Twice", Domain = "own", Input = { "a" }, Output = { "b" } };
        function.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 17 });
        function.Node.Add(new NodeProto { OpType = "Add", Input = { "a", "a" }, Output = { "b" } });
        model.Functions.Add(function);
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "own", Version = 1 });
        model.Graph.Node.Add(new NodeProto { OpType = "Twice", Domain = "own", Input = { model.Graph.Output[0].Name }, Output = { "twice" } });
        model.Graph.Output[0].Name = "twice";
        return model;
    }

    static ModelProto WithTypedFields()
    {
        var model = Convolutions();
        foreach (var tensor in model.Graph.Initializer)
        {
            tensor.FloatData.AddRange(tensor.ToFloats());
            tensor.ClearRawData();
        }

        return model;
    }

    /// <summary>The data file is <see cref="CaseFolder.DataFile"/>.</summary>
    static ModelProto WithExternalData()
    {
        var model = Convolutions();
        var offset = 0;
        foreach (var tensor in model.Graph.Initializer)
        {
            (string Key, string Value)[] entries = [("location", CaseFolder.DataFile), ("offset", $"{offset}"), ("length", $"{tensor.RawData.Length}")];
            offset += tensor.RawData.Length;
            tensor.ClearRawData();
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            tensor.ExternalData.AddRange(entries.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        }

        return model;
    }

    static ModelProto WithSparseTensor()
    {
        var b = new ModelBuilder();
        var sparse = new SparseTensorProto { Values = TensorData.FromFloats("", [2], [1, 2]), Indices = TensorData.FromLongs("", [2], [0, 5]), Dims = { 4, 4 } };
        var weight = b.Node("Constant", [], new { value = TensorData.FromFloats("", [4, 4], new float[16]) });
        var model = b.Build(b.Node("MatMul", [b.MatMul(b.Input("x", 2, 4), 4), weight])).Proto;
        sparse.Values.Name = "sparse";
        model.Graph.SparseInitializer.Add(sparse);
        return model;
    }
}
