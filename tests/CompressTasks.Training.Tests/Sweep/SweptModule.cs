using CompressTasks.OperatorSweep;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Sweep;

/// <summary>Runs a case of the sweep in libtorch.</summary>
static class SweptModule
{
    public static GraphModule Open(SweepModel one)
    {
        var module = new GraphModule(one.Model);
        module.eval();
        return module;
    }

    public static Tensor ToTensor(this SweepTensor source)
    {
        var type = TorchTensors.ScalarTypeOf(source.Type);
        return tensor(source.Values, source.Shape).to(type);
    }

    public static double[] Values(this Tensor tensor)
    {
        if (tensor.numel() == 0) return [];
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }
}
