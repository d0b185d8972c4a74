using CompressTasks.OperatorSweep.Operators;

namespace CompressTasks.OperatorSweep;

/// <summary>
/// The operators that are compared with ONNX Runtime, each at every operator set at which its definition changed. Tests run the cases, and
/// the table of operators in the documentation is made from the same data.
/// </summary>
public static class Sweep
{
    public static IReadOnlyDictionary<string, SweptOperator> Operators { get; } = Collect();

    /// <summary>Every operator with each of its operator sets.</summary>
    public static IEnumerable<(string Operator, int Opset)> All =>
        Operators.Values.SelectMany(one => one.Opsets.Select(opset => (one.Name, opset)));

    static IReadOnlyDictionary<string, SweptOperator> Collect()
    {
        var table = new SweepTable();
        ElementwiseSweep.AddTo(table);
        ActivationSweep.AddTo(table);
        ReductionSweep.AddTo(table);
        ConvolutionSweep.AddTo(table);
        PoolingSweep.AddTo(table);
        NormalizationSweep.AddTo(table);
        MatrixSweep.AddTo(table);
        RearrangementSweep.AddTo(table);
        PartSweep.AddTo(table);
        SourceSweep.AddTo(table);
        IndexingSweep.AddTo(table);
        ResizeSweep.AddTo(table);
        RecurrentSweep.AddTo(table);
        AttentionSweep.AddTo(table);
        QuantizationSweep.AddTo(table);
        return table.Operators;
    }
}
