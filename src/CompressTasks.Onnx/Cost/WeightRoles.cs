using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>
/// What the constant tensors of a graph are, by who reads them:
/// a floating point tensor is a <b>parameter</b> where it is the weight, bias, scale or slope of a parametric operator (convolution, matrix
/// product, normalisation,
/// PRelu, recurrent cell, embedding table of Gather), or, with more than one element, an operand of Add, Sub, Mul, Div, Pow, Max, Min or
/// Where;
/// the running mean and variance of BatchNormalization are <b>buffers</b>; everything else (shape arithmetic, scalars such as 1/sqrt(d) or
/// Clip's bounds, resize scales,
/// indices) is neither. Tensors keep their role through Identity, Transpose, Reshape, Cast and the like, and through DequantizeLinear,
/// whose integers count as weights.
/// A tensor counts once, for the first node that reads it in such a role.
/// </summary>
sealed class WeightRoles
{
    readonly Dictionary<NodeProto, long> parameters = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<string> names = new(StringComparer.Ordinal);

    public long Buffers { get; private set; }

    /// <summary>Names of the tensors that count as parameters.</summary>
    public IReadOnlySet<string> ParameterNames => names;

    public long ParametersOf(NodeProto node) => parameters.GetValueOrDefault(node);

    public static WeightRoles Of(GraphProto graph)
    {
        var result = new WeightRoles();
        var constants = new Dictionary<string, TensorProto>(StringComparer.Ordinal);
        foreach (var initializer in graph.Initializer) constants[initializer.Name] = initializer;
        foreach (var sparse in graph.SparseInitializer)
        {
            if (sparse.Values is { } values) constants[values.Name] = Dense(sparse, values);
        }

        var counted = new HashSet<TensorProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in graph.Node)
        {
            if (ConstantValues.TensorOf(node) is { } constant) constants[node.Output[0]] = constant;
            else if (IsView(node) && node.InputOrNull(0) is { } source && node.OutputOrNull(0) is { } view && constants.TryGetValue(source, out var tensor))
            {
                constants[view] = tensor;
            }
            else result.Count(node, constants, counted);
        }

        return result;
    }

    void Count(NodeProto node, Dictionary<string, TensorProto> constants, HashSet<TensorProto> counted)
    {
        for (var i = 0; i < node.Input.Count; i++)
        {
            if (!constants.TryGetValue(node.Input[i], out var tensor)) continue;
            if (node.Is("BatchNormalization") && i is 3 or 4)
            {
                if (counted.Add(tensor)) Buffers += tensor.ElementCount();
            }
            else if (IsParameter(node, i, tensor) && counted.Add(tensor))
            {
                parameters[node] = parameters.GetValueOrDefault(node) + tensor.ElementCount();
                names.Add(tensor.Name);
            }
        }
    }

    static bool IsParameter(NodeProto node, int input, TensorProto tensor)
    {
        if (node.Domain is not ("" or "ai.onnx")) return ElementTypes.IsFloatingPoint(tensor.ElementType()) && tensor.ElementCount() > 1;
        return node.OpType switch
        {
            "Conv" or "ConvTranspose" or "DeformConv" or "BatchNormalization" or "InstanceNormalization" or "LayerNormalization" or "GroupNormalization"
                or "RMSNormalization" or "PRelu" or "LSTM" or "GRU" or "RNN" => input > 0 && IsWeightType(tensor),
            "Gemm" or "MatMul" or "Einsum" => IsWeightType(tensor),
            "QLinearConv" => input is 3 or 8,
            "QLinearMatMul" => input is 0 or 3,
            "ConvInteger" or "MatMulInteger" => input is 0 or 1,
            "Gather" => input == 0 && IsWeightType(tensor) && tensor.ElementCount() > 1,
            "Add" or "Sub" or "Mul" or "Div" or "Pow" or "Max" or "Min" or "Where" =>
                ElementTypes.IsFloatingPoint(tensor.ElementType()) && tensor.ElementCount() > 1,
            _ => false,
        };
    }

    // A dequantised weight arrives here as the integers that are stored.
    static bool IsWeightType(TensorProto tensor) =>
        ElementTypes.IsFloatingPoint(tensor.ElementType()) || tensor.ElementType() is DataType.Int8 or DataType.Uint8 or DataType.Int4 or DataType.Uint4
            or DataType.Int16 or DataType.Uint16 or DataType.Int32;

    static bool IsView(NodeProto node) => node.Domain is "" or "ai.onnx" && node.OpType is "Identity" or "Transpose" or "Reshape" or "Flatten" or "Squeeze"
        or "Unsqueeze" or "Cast" or "Slice" or "Expand" or "DequantizeLinear";

    static TensorProto Dense(SparseTensorProto sparse, TensorProto values)
    {
        var dense = new TensorProto { Name = values.Name, DataType = values.DataType };
        dense.Dims.AddRange(sparse.Dims);
        return dense;
    }
}
