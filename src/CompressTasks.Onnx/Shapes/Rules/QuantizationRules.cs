using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

static class QuantizationRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["QuantizeLinear"] = Quantize;
        rules["DequantizeLinear"] = inference => inference.Output(
            0, inference.Node.Has("output_dtype") ? (DataType)inference.Node.Int("output_dtype", 0) : inference.Type(1), inference.Shape(0));
        rules["DynamicQuantizeLinear"] = inference =>
        {
            inference.Output(0, DataType.Uint8, inference.Shape(0));
            inference.Output(1, DataType.Float, []);
            inference.Output(2, DataType.Uint8, []);
        };
    }

    public static void Quantize(NodeInference inference)
    {
        var type = inference.HasInput(2) ? inference.Type(2) : (DataType)inference.Node.Int("output_dtype", (long)DataType.Uint8);
        inference.Output(0, type == DataType.Undefined && !inference.HasInput(2) ? DataType.Uint8 : type, inference.Shape(0));
    }
}
