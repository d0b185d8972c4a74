using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

static class ElementwiseRules
{
    static readonly string[] sameAsFirstInput =
    [
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitwiseNot", "Ceil", "Celu", "Clip", "Cos", "Cosh", "CumProd",
        "CumSum", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Log", "Mish", "Neg",
        "Not", "PRelu", "Reciprocal", "Relu", "ReverseSequence", "Round", "Scatter", "ScatterElements", "ScatterND", "Selu",
        "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "TensorScatter",
        "ThresholdedRelu", "Trilu",
    ];

    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        foreach (var name in sameAsFirstInput) rules[name] = SameAsFirst;
        string[] broadcasting =
        [
            "Add", "Sub", "Mul", "Div", "Pow", "Mod", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Sum", "Mean", "Max", "Min",
        ];
        foreach (var name in broadcasting)
        {
            rules[name] = inference => Broadcast(inference, inference.Type(0));
        }

        foreach (var name in (string[])["And", "Or", "Xor", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"])
        {
            rules[name] = inference => Broadcast(inference, DataType.Bool);
        }

        rules["IsNaN"] = inference => inference.Output(0, DataType.Bool, inference.Shape(0));
        rules["IsInf"] = rules["IsNaN"];
        rules["Where"] = inference => Broadcast(inference, inference.Type(1));
        rules["Dropout"] = Dropout;
        rules["Cast"] = inference => inference.Output(0, (DataType)inference.Node.Int("to", 0), inference.Shape(0));
        rules["CastLike"] = inference => inference.Output(0, inference.Type(1), inference.Shape(0));
        rules["BitCast"] = rules["Cast"];
    }

    static void SameAsFirst(NodeInference inference) => inference.Output(0, inference.Type(0), inference.Shape(0));

    static void Broadcast(NodeInference inference, DataType type) =>
        inference.Output(0, type, Broadcasting.Common(inference, [.. Enumerable.Range(0, inference.InputCount).Select(inference.Shape)]));

    static void Dropout(NodeInference inference)
    {
        SameAsFirst(inference);
        inference.Output(1, inference.Opset >= 10 ? DataType.Bool : inference.Type(0), inference.Shape(0));
    }
}
