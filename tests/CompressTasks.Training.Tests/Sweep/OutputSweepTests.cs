using CompressTasks.Onnx;
using CompressTasks.OperatorSweep;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests.Sweep;

/// <summary>What libtorch computes for every case of the sweep against what ONNX Runtime computes.</summary>
public class OutputSweepTests
{
    public static IEnumerable<object[]> All => OperatorSweep.Sweep.All.Select(one => new object[] { one.Operator, one.Opset });

    [Fact]
    public void Every_operator_of_the_default_domain_that_runs_in_libtorch_is_swept()
    {
        var standard = OperatorRegistry.Names.Where(name => !name.Contains('.', StringComparison.Ordinal));
        Assert.Equal(standard.Order(StringComparer.Ordinal), OperatorSweep.Sweep.Operators.Keys);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Libtorch_computes_what_ONNX_Runtime_computes(string name, int opset)
    {
        var swept = OperatorSweep.Sweep.Operators[name];
        var failures = new List<string>();
        Assert.NotEmpty(swept.Singles(opset));
        foreach (var one in swept.Singles(opset))
        {
            using var session = RuntimeSession.Open(one.Model);
            Compare(one, session.Run(one.Feeds), failures);
        }

        foreach (var one in swept.OtherElementTypes(opset))
        {
            using var session = RuntimeSession.OpenIfSupported(one.Model);
            if (session?.RunIfSupported(one.Feeds) is { } expected) Compare(one, expected, failures);
        }

        Assert.True(failures.Count == 0, $"{failures.Count} cases differ:\n{string.Join('\n', failures.Take(8))}");
    }

    static void Compare(SweepModel one, IReadOnlyList<SweepTensor> expected, List<string> failures)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        try
        {
            using var module = SweptModule.Open(one);
            var actual = module.Run([.. one.Feeds.Select(feed => feed.ToTensor())]);
            var difference = expected.Select((output, i) => Difference(output, actual[i])).FirstOrDefault(text => text is not null);
            if (difference is not null) failures.Add($"{one.Description}: {difference}");
        }
        catch (CompressException exception)
        {
            failures.Add($"{one.Description}: {exception.Message}");
        }
    }

    static string? Difference(SweepTensor expected, Tensor actual)
    {
        if (actual.dtype != TorchTensors.ScalarTypeOf(expected.Type)) return $"{expected.Name} is {actual.dtype} instead of {expected.Type}";
        if (!expected.Shape.SequenceEqual(actual.shape)) return $"{expected.Name} has the shape [{string.Join(",", actual.shape)}] instead of [{string.Join(",", expected.Shape)}]";
        var values = actual.Values();
        var scale = expected.Values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        var tolerance = ToleranceOf(expected.Type) * Math.Max(1e-2, scale);
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i].Equals(expected.Values[i])) continue;
            // The negation also catches what is not a number.
            if (!(Math.Abs(values[i] - expected.Values[i]) <= tolerance)) return FormattableString.Invariant($"{expected.Name}[{i}] is {values[i]} instead of {expected.Values[i]}");
        }

        return null;
    }

    /// <summary>Relative to the largest value. ONNX Runtime rounds 16-bit numbers between steps, libtorch computes them in 32 bits here.</summary>
    static double ToleranceOf(DataType type) => type switch
    {
        DataType.Float => 1e-5,
        DataType.Double => 1e-6,
        DataType.Float16 => 4e-3,
        _ => 0,
    };
}
