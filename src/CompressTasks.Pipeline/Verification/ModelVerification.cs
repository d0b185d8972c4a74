using CompressTasks.Onnx;
using CompressTasks.Profiling;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pipeline;

/// <summary>Checks a written candidate before it is shown to anybody: ONNX Runtime loads and runs it, and its interface is the original's.</summary>
public static class ModelVerification
{
    /// <summary>Largest difference to the trained graph that rounding explains, relative to the largest output.</summary>
    public const double Tolerance = 1e-3;

    const int Samples = 32;

    /// <summary>Loads the file in ONNX Runtime and compares inputs and outputs with the original's.</summary>
    /// <exception cref="VerificationException">CMP0505 the interface changed; <see cref="ProfilingException"/> CMP0303 it does not load.</exception>
    public static void CheckInterface(string path, OnnxModel original)
    {
        CheckInterface(path, ModelInterface.Of(original));
        using var runner = new ModelRunner(path);
    }

    /// <summary>Reads the file and compares inputs and outputs with the original's.</summary>
    /// <exception cref="VerificationException">CMP0505 the interface changed; <see cref="ModelException"/> the file is no usable model.</exception>
    internal static void CheckInterface(string path, ModelInterface original)
    {
        var written = OnnxModel.Read(path);
        ModelChecker.Check(written);
        var actual = ModelInterface.Of(written);
        Compare(original.Inputs, actual.Inputs, path);
        Compare(original.Outputs, actual.Outputs, path);
    }

    /// <summary>Runs some samples through the file in ONNX Runtime and through the graph that was trained.</summary>
    /// <returns>The largest difference, relative to the largest output.</returns>
    /// <exception cref="VerificationException">CMP0506 when they differ by more than <see cref="Tolerance"/>.</exception>
    public static double CheckAgreement(string path, GraphModule module, DataSet data)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        module.eval();
        var inputs = data.Read([.. Enumerable.Range(0, Math.Min(Samples, data.Count))]).Inputs;
        var expected = module.forward(inputs).contiguous();
        using var runner = new ModelRunner(path);
        var actual = tensor(runner.Run(new RuntimeTensor(inputs.contiguous().data<float>().ToArray(), inputs.shape)).Values).reshape(expected.shape);
        var difference = (actual - expected).abs().max().item<float>() / Math.Max(1e-6, expected.abs().max().item<float>());
        if (difference <= Tolerance) return difference;
        throw new VerificationException(
            VerificationException.Disagrees,
            FormattableString.Invariant($"The written model and the trained graph differ by {difference:0.0e0} of the largest output, more than {Tolerance:0.0e0}."),
            path,
            "This is a defect of CompressTasks: please report it with the model.");
    }

    static void Compare(IReadOnlyList<string> expected, IReadOnlyList<string> actual, string path)
    {
        if (expected.SequenceEqual(actual)) return;
        throw new VerificationException(
            VerificationException.InterfaceChanged,
            $"The candidate's interface is {string.Join(", ", actual)}, the original's {string.Join(", ", expected)}.",
            path,
            "This is a defect of CompressTasks: please report it with the model.");
    }
}
