using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Type declarations of graph inputs and outputs.</summary>
static class ValueTypes
{
    public static ValueInfoProto Describe(string name, TensorFact fact)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)fact.Type };
        if (fact.Shape is { } shape)
        {
            tensor.Shape = new TensorShapeProto();
            foreach (var length in shape)
            {
                var dimension = new TensorShapeProto.Types.Dimension();
                if (length.IsKnown) dimension.DimValue = length.Value;
                else if (!length.IsAnonymous) dimension.DimParam = length.ToString();
                tensor.Shape.Dim.Add(dimension);
            }
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
