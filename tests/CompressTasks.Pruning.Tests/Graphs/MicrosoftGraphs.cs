using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Tests;

/// <summary>Graphs as ONNX Runtime's optimiser leaves them: built of standard operators, of which some are then made fused ones.</summary>
static class MicrosoftGraphs
{
    const string Domain = "com.microsoft";

    public static Dictionary<string, Func<ModelBuilder, IEnumerable<string>>> Exact { get; } = new()
    {
        ["fused convolutions"] = b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1));
            x = b.Conv(x, 8, 3, padding: 1, groups: 2, name: "fused conv");
            return [NastyGraphs.Head(b, b.Conv(x, 6, 3, padding: 1, name: "fused conv last"))];
        },
        ["fused matrix products and activations"] = b =>
        {
            var x = b.Node("Gelu", [b.Node("Add", [b.MatMul(b.Input("x", 5, 10), 8), b.RandomWeight("bias", [8], 1, 1)])], name: "fused gelu");
            x = b.Node("Gemm", [x, b.RandomWeight("w", [6, 8], 8, 1)], new { transB = 1 }, "fused product");
            x = b.Node("Add", [x, b.RandomWeight("bias", [6], 1, 1)], name: "fused bias and gelu");
            return [b.MatMul(x, 3)];
        },
    };

    public static Dictionary<string, Func<ModelBuilder, IEnumerable<string>>> Inexact { get; } = new()
    {
        ["fused residual normalisation"] = b =>
        {
            var x = b.MatMul(NastyGraphs.Tokens(b), 8);
            var y = b.MatMul(b.Relu(b.MatMul(x, 6)), 8);
            return [b.MatMul(b.Node("LayerNormalization", [y, x, b.RandomWeight("scale", [8], 1, 1), b.RandomWeight("bias", [8], 1, 1)], name: "fused skip"), 4)];
        },
    };

    /// <summary>Makes every node whose name says so a fused one, and declares the shapes that nothing can infer any more.</summary>
    public static void Fuse(OnnxModel model)
    {
        if (!model.Graph.Node.Any(node => node.Name.StartsWith("fused ", StringComparison.Ordinal))) return;
        var shapes = ShapeInference.Infer(model);
        foreach (var node in model.Graph.Node.Where(node => node.Name.StartsWith("fused ", StringComparison.Ordinal)))
        {
            Declare(model.Graph, node.Output[0], shapes);
            node.Domain = Domain;
            AttentionGraphs.Fuse(model, node);
            switch (node.OpType)
            {
                case "Conv":
                    node.OpType = "FusedConv";
                    node.Set("activation", "Relu");
                    break;
                case "Gemm":
                    node.OpType = "FusedMatMul";
                    break;
                case "Add":
                    node.OpType = "BiasGelu";
                    break;
                case "LayerNormalization":
                    node.OpType = "SkipLayerNormalization";
                    break;
            }
        }

        model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = Domain, Version = 1 });
    }

    static void Declare(GraphProto graph, string value, GraphShapes shapes)
    {
        var info = new ValueInfoProto { Name = value, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = new TensorShapeProto() } } };
        foreach (var length in shapes.Of(value)!) info.Type.TensorType.Shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = length.Value });
        graph.ValueInfo.Add(info);
    }
}
