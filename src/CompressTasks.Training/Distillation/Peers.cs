using CompressTasks.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Networks of a student's architecture with weights drawn by other seeds, which are trained beside it and are not written.</summary>
sealed class Peers : nn.Module
{
    readonly GraphModule[] students;

    public Peers(GraphModule student, int count, int seed, Device device)
        : base(nameof(Peers))
    {
        students = new GraphModule[count];
        for (var i = 0; i < count; i++)
        {
            var model = student.Model.Clone();
            FreshWeights.Apply(model, seed + 1 + i);
            students[i] = new GraphModule(model) { TrainingProducts = student.TrainingProducts };
            if (device.type != DeviceType.CPU) students[i].to(device);
            register_module(FormattableString.Invariant($"peer{i}"), students[i]);
        }
    }

    /// <summary>The outputs of each, as the mode of training or inference has it.</summary>
    public Tensor[] Run(Tensor inputs) => Array.ConvertAll(students, student => student.forward(inputs));
}
