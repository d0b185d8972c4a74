using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>One node while its outputs are inferred: what is known of its inputs, and a place for its outputs.</summary>
sealed class NodeInference(NodeProto node, InferenceScope scope)
{
    readonly TensorFact?[] outputs = new TensorFact?[node.Output.Count];

    public NodeProto Node => node;

    public InferenceScope Scope => scope;

    public int Opset => scope.Opset;

    public int InputCount => node.Input.Count;

    public int OutputCount => node.Output.Count;

    public IReadOnlyList<TensorFact?> Outputs => outputs;

    public bool HasInput(int index) => node.InputOrNull(index) is not null;

    public TensorFact Input(int index) => node.InputOrNull(index) is { } name ? scope.Fact(name) : TensorFact.Nothing;

    public DataType Type(int index) => Input(index).Type;

    public Dimension[]? Shape(int index) => Input(index).Shape;

    public TensorContent? Content(int index) => Input(index).Content;

    /// <summary>All elements of an integer input, or null where the input is absent or not fully known.</summary>
    public long[]? Integers(int index) => Content(index)?.Integers();

    /// <summary>A list that older operator sets carry as attribute and newer ones as input; null where it is neither known.</summary>
    public long[]? IntsFromAttributeOrInput(string attribute, int input) => node.Ints(attribute) ?? Integers(input);

    public void Output(int index, DataType type, Dimension[]? shape) => Output(index, new(type, shape));

    public void Output(int index, TensorFact fact)
    {
        if (fact.Shape is { } shape && Array.Exists(shape, length => length is { IsKnown: true, Value: < 0 }))
        {
            throw Contradiction($"makes a tensor [{string.Join(", ", shape)}] with an axis below 0");
        }

        if (index < outputs.Length) outputs[index] = fact;
    }

    public void OutputContent(int index, TensorContent content)
    {
        if (index < outputs.Length && outputs[index] is { } fact) outputs[index] = fact with { Content = content };
    }

    /// <summary>An axis about which nothing is known.</summary>
    public Dimension Unknown() => scope.Unknown();

    public Dimension[] UnknownShape(int rank)
    {
        var shape = new Dimension[rank];
        for (var i = 0; i < rank; i++) shape[i] = Unknown();
        return shape;
    }

    /// <summary>An axis given from the front or, negative, from the back, as 0 to rank - 1.</summary>
    public int Axis(long axis, int rank)
    {
        if (axis < -rank || axis >= rank) throw Contradiction($"has the axis {axis} for a tensor of rank {rank}");
        return (int)(axis < 0 ? axis + rank : axis);
    }

    public int[] Axes(IEnumerable<long> axes, int rank) => [.. axes.Select(axis => Axis(axis, rank))];

    public ModelException Contradiction(string what) => new(ModelException.Shape, $"Node '{node.DisplayName()}' ({node.OpType}) {what}.", scope.File);

    public string Describe(int index) =>
        Shape(index) is { } shape ? $"'{node.Input[index]}' [{string.Join(", ", shape)}]" : $"'{node.Input[index]}'";
}
