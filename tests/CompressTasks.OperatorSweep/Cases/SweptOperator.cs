using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep;

/// <summary>All cases of one operator of the default domain.</summary>
public sealed class SweptOperator
{
    /// <summary>So many cases of each operator set, spread over all of them, are also made for the other element types.</summary>
    const int CasesOfOtherTypes = 5;

    static readonly DataType[] Reals = [DataType.Double, DataType.Float16], Integers = [DataType.Int64, DataType.Int32, DataType.Bool];

    readonly Func<int, IEnumerable<NodeCase>> cases;
    readonly bool takesIntegers;

    internal SweptOperator(string name, IReadOnlyList<int> opsets, Func<int, IEnumerable<NodeCase>> cases, bool hasGradient, bool takesIntegers)
    {
        (Name, Opsets, HasGradient) = (name, opsets, hasGradient);
        (this.cases, this.takesIntegers) = (cases, takesIntegers);
    }

    public string Name { get; }

    /// <summary>The operator sets at which it is swept: the oldest that is read, and each one that changed its definition.</summary>
    public IReadOnlyList<int> Opsets { get; }

    /// <summary>False where results are integers or jump from one value to the next, so that no gradient leads through.</summary>
    public bool HasGradient { get; }

    /// <summary>Cases of single precision, which ONNX Runtime has to run.</summary>
    public IEnumerable<SweepModel> Singles(int opset) => cases(opset).Select((one, seed) => one.Build(Name, opset, DataType.Float, seed));

    /// <summary>Some of the cases with other element types, for all of which ONNX Runtime need not have a kernel.</summary>
    public IEnumerable<SweepModel> OtherElementTypes(int opset)
    {
        var all = cases(opset).Where(one => one.HasData).ToList();
        for (var seed = 0; seed < Math.Min(CasesOfOtherTypes, all.Count); seed++)
        {
            var one = all[seed * all.Count / Math.Min(CasesOfOtherTypes, all.Count)];
            foreach (var type in takesIntegers ? Reals.Concat(Integers) : Reals) yield return one.Build(Name, opset, type, seed);
            if (takesIntegers) yield return one.Build(Name, opset, DataType.Int64, seed, constant: true);
        }
    }
}
