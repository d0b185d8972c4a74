using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using AttributeType = CompressTasks.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace CompressTasks.Fuzzing.Mutations;

/// <summary>Damage to a model that is still a message: what an exporter with a defect, or somebody who means ill, writes.</summary>
static class GraphMutations
{
    /// <summary>Operators that nodes are turned into, with and without attributes that the old one had.</summary>
    static readonly string[] Operators =
    [
        "Add", "ArgMax", "Attention", "AveragePool", "BatchNormalization", "Concat", "ConstantOfShape", "Conv", "ConvTranspose", "DepthToSpace", "DequantizeLinear", "Einsum",
        "Expand", "Flatten", "GRU", "Gather", "GatherND", "Gemm", "GroupNormalization", "LSTM", "LayerNormalization", "Loop", "MatMul", "MaxPool", "OneHot", "Pad", "QLinearConv",
        "Range", "ReduceSum", "Reshape", "Resize", "ScatterND", "Shape", "Slice", "Softmax", "SpaceToDepth", "Split", "Squeeze", "Tile", "TopK", "Transpose", "Unsqueeze", "Where", "Nonsense",
    ];

    static readonly Action<ModelProto, Random>[] Edits =
    [
        (model, random) => Node(model, random, node => node.OpType = Pick(Operators, random)),
        (model, random) => Node(model, random, node => Rewire(model, node, random)),
        (model, random) => Node(model, random, node => node.Input.Add(Value(model, random))),
        (model, random) => Node(model, random, node => Remove(node.Input, random)),
        (model, random) => Node(model, random, node => node.Output.Add(random.Next(2) == 0 ? "more" : Value(model, random))),
        (model, random) => Node(model, random, node => node.Domain = Pick(["", "ai.onnx", "com.microsoft", "own", "ai.onnx.ml"], random)),
        (model, random) => Node(model, random, node => model.Graph.Node.Add(node.Clone())),
        (model, random) => Node(model, random, node => model.Graph.Node.Remove(node)),
        (model, random) => Node(model, random, node => AttributeMutations.Change(node, random)),
        (model, random) => Node(model, random, node => AttributeMutations.Change(node, random)),
        (model, random) => Node(model, random, node => AttributeMutations.Add(node, random)),
        (model, random) => Node(model, random, node => Nest(node, random)),
        Shuffle,
        Cycle,
        (model, random) => Tensor(model, random, tensor => TensorMutations.Apply(tensor, random)),
        (model, random) => Tensor(model, random, tensor => TensorMutations.Apply(tensor, random)),
        (model, random) => Tensor(model, random, tensor => TensorMutations.Apply(tensor, random)),
        (model, random) => Tensor(model, random, tensor => model.Graph.Initializer.Add(tensor.Clone())),
        (model, random) => Tensor(model, random, tensor => model.Graph.Initializer.Remove(tensor)),
        (model, random) => Tensor(model, random, tensor => tensor.Name = Value(model, random)),
        Interface,
        Interface,
        Versions,
        Intermediate,
    ];

    public static void Apply(ModelProto model, Random random)
    {
        if (model.Graph is not null) Edits[random.Next(Edits.Length)](model, random);
    }

    static void Node(ModelProto model, Random random, Action<NodeProto> edit)
    {
        if (model.Graph.Node.Count > 0) edit(model.Graph.Node[random.Next(model.Graph.Node.Count)]);
    }

    static void Tensor(ModelProto model, Random random, Action<TensorProto> edit)
    {
        if (model.Graph.Initializer.Count > 0) edit(model.Graph.Initializer[random.Next(model.Graph.Initializer.Count)]);
    }

    static void Rewire(ModelProto model, NodeProto node, Random random)
    {
        if (node.Input.Count > 0) node.Input[random.Next(node.Input.Count)] = Value(model, random);
    }

    static void Remove<T>(Google.Protobuf.Collections.RepeatedField<T> list, Random random)
    {
        if (list.Count > 0) list.RemoveAt(random.Next(list.Count));
    }

    static void Shuffle(ModelProto model, Random random)
    {
        var nodes = model.Graph.Node.ToArray();
        random.Shuffle(nodes);
        model.Graph.Node.Clear();
        model.Graph.Node.AddRange(nodes);
    }

    static void Cycle(ModelProto model, Random random)
    {
        if (model.Graph.Node is not { Count: > 1 } nodes) return;
        var (first, last) = (nodes[random.Next(nodes.Count)], nodes[random.Next(nodes.Count)]);
        if (first.Input.Count > 0 && last.Output.Count > 0) first.Input[0] = last.Output[0];
    }

    /// <summary>Declared types, shapes and names of inputs and outputs.</summary>
    static void Interface(ModelProto model, Random random)
    {
        var values = model.Graph.Input.Concat(model.Graph.Output).ToArray();
        if (values.Length == 0) return;
        var value = Pick(values, random);
        switch (random.Next(6))
        {
            case 0:
                value.Name = Value(model, random);
                break;
            case 1:
                value.Type = null;
                break;
            case 2 when value.Type?.TensorType is { } tensor:
                tensor.ElemType = random.Next(-1, 30);
                break;
            case 3 when value.Type?.TensorType is { } tensor:
                tensor.Shape = null;
                break;
            case 4 when value.Type?.TensorType?.Shape is { } shape:
                shape.Dim.Insert(random.Next(shape.Dim.Count + 1), new TensorShapeProto.Types.Dimension { DimValue = Numbers.Any(random) });
                break;
            default:
                if (value.Type?.TensorType?.Shape?.Dim is not { Count: > 0 } dimensions) return;
                if (random.Next(4) == 0) dimensions[random.Next(dimensions.Count)].DimParam = Pick(["", "N", "batch*2", "-1", "N+"], random);
                else dimensions[random.Next(dimensions.Count)].DimValue = Numbers.Any(random);
                break;
        }
    }

    static void Versions(ModelProto model, Random random)
    {
        if (random.Next(2) == 0) model.IrVersion = Numbers.Any(random);
        else if (model.OpsetImport.Count > 0) model.OpsetImport[random.Next(model.OpsetImport.Count)].Version = random.Next(3) == 0 ? Numbers.Any(random) : random.Next(5, 28);
        else model.OpsetImport.Add(new OperatorSetIdProto { Version = random.Next(30) });
    }

    /// <summary>A declared shape for a value inside the graph, right or wrong.</summary>
    static void Intermediate(ModelProto model, Random random)
    {
        var shape = new TensorShapeProto();
        for (var rank = random.Next(6); rank > 0; rank--) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = Numbers.Any(random) });
        model.Graph.ValueInfo.Add(new ValueInfoProto { Name = Value(model, random), Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = random.Next(17), Shape = shape } } });
    }

    /// <summary>A graph inside a graph inside a node, as If and Loop have them.</summary>
    static void Nest(NodeProto node, Random random)
    {
        var inner = node.Clone();
        for (var depth = random.Next(3) == 0 ? 60 : 2; depth > 0; depth--)
        {
            var graph = new GraphProto { Name = "nested", Node = { inner }, Output = { node.Output.Select(name => new ValueInfoProto { Name = name }) } };
            inner = new NodeProto { OpType = Pick(["If", "Loop", "Scan"], random), Input = { node.Input }, Output = { node.Output } };
            inner.Attribute.Add(new AttributeProto { Name = Pick(["then_branch", "else_branch", "body"], random), Type = AttributeType.Graph, G = graph });
        }

        node.MergeFrom(inner);
        node.OpType = inner.OpType;
    }

    /// <summary>The name of something in the graph, or of nothing.</summary>
    static string Value(ModelProto model, Random random)
    {
        var names = model.Graph.Node.SelectMany(node => node.Output).Concat(model.Graph.Initializer.Select(tensor => tensor.Name)).Concat(model.Graph.Input.Select(input => input.Name)).ToArray();
        return names.Length == 0 || random.Next(12) == 0 ? Pick(["", "nobody"], random) : Pick(names, random);
    }

    static T Pick<T>(T[] list, Random random) => list[random.Next(list.Length)];
}
