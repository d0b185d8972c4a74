using System.Diagnostics;
using CompressTasks.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>An ONNX graph as a teacher, in libtorch or in ONNX Runtime.</summary>
public sealed class GraphTeacher : Teacher
{
    /// <summary>Runs of each side in a measurement, of which the quickest counts.</summary>
    const int Rounds = 3;

    readonly OnnxModel model;
    readonly string hash;
    readonly OutputKind outputs;
    TeacherRuntime runtime;
    GraphModule? module;
    RuntimeGraph? session;

    /// <param name="model">A simplified model with one input; it is not changed.</param>
    public GraphTeacher(OnnxModel model, TeacherRuntime runtime = TeacherRuntime.Auto)
    {
        this.model = model;
        this.runtime = runtime;
        hash = ModelHash.Of(model);
        outputs = ModelOutput.KindOf(model);
        if (runtime == TeacherRuntime.OnnxRuntime && !RuntimeGraph.Takes(model)) throw new TrainingException(TrainingException.Recipe, "The recipe's 'teacherRuntime' cannot be onnx-runtime for a teacher of a fixed batch or above 2 GB.", model.Path, "Leave it out.");
    }

    public OnnxModel Model => model;

    public override string Identity => FormattableString.Invariant($"{hash} {Settled}");

    public override string Place => Settled == TeacherRuntime.OnnxRuntime ? "ONNX Runtime" : "libtorch";

    TeacherRuntime Settled => runtime switch
    {
        TeacherRuntime.Auto => RuntimeGraph.Takes(model) ? TeacherRuntime.OnnxRuntime : TeacherRuntime.Libtorch,
        TeacherRuntime.Fastest => throw new InvalidOperationException("It is not yet decided where the teacher runs."),
        var decided => decided,
    };

    public override IReadOnlyList<Tensor> Answer(Tensor inputs, IReadOnlyList<string> values)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var results = Settled == TeacherRuntime.OnnxRuntime && inputs.device_type == DeviceType.CPU ? InRuntime(inputs, values) : InLibtorch(inputs, values);
        if (results.FirstOrDefault(value => value.dim() == 0 || value.shape[0] != inputs.shape[0]) is { } other)
        {
            throw new TrainingException(
                TrainingException.DataShape,
                $"The teacher answers a batch of {inputs.shape[0]} samples with [{string.Join(", ", other.shape)}]: the first axis is not that of the samples.",
                model.Path,
                "Give the model an output whose first axis is the batch, by a Transpose at its end.");
        }

        return [.. results.Select(value => value.MoveToOuterDisposeScope())];
    }

    internal override OutputKind Outputs => outputs;

    internal override Tensor Distributions(Tensor outputs, DataSet data, bool areQuestions) => OutputReading.Distributions(outputs, this.outputs, data, areQuestions);

    /// <summary>Measures both sides where the faster one is asked for; what came out is remembered beside the answers.</summary>
    internal override void Settle(Tensor sample, TeacherCache? cache)
    {
        if (runtime != TeacherRuntime.Fastest) return;
        if (!RuntimeGraph.Takes(model) || sample.device_type != DeviceType.CPU)
        {
            runtime = TeacherRuntime.Libtorch;
            return;
        }

        var note = cache is null ? null : Path.Combine(cache.Folder, hash[..32] + ".runtime");
        if (note is not null && Noted(note) is { } known)
        {
            runtime = known;
            return;
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (torch, onnx) = (Quickest(() => InLibtorch(sample, [])), Quickest(() => InRuntime(sample, [])));
        runtime = torch < onnx ? TeacherRuntime.Libtorch : TeacherRuntime.OnnxRuntime;
        if (note is not null) Note(note, runtime);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        module?.Dispose();
        session?.Dispose();
    }

    IReadOnlyList<Tensor> InLibtorch(Tensor inputs, IReadOnlyList<string> values)
    {
        if (module is null)
        {
            module = new GraphModule(model);
            module.eval();
            if (inputs.device_type != DeviceType.CPU) module.to(inputs.device);
        }

        return module.Run([inputs], [model.Graph.Output[0].Name, .. values]);
    }

    IReadOnlyList<Tensor> InRuntime(Tensor inputs, IReadOnlyList<string> values)
    {
        string[] wanted = [model.Graph.Output[0].Name, .. values];
        if (session?.Outputs.SequenceEqual(wanted) != true)
        {
            session?.Dispose();
            session = new RuntimeGraph(model, wanted);
        }

        return session.Run(inputs);
    }

    static TeacherRuntime? Noted(string path)
    {
        try
        {
            return File.Exists(path) && Enum.TryParse(File.ReadAllText(path), out TeacherRuntime known) && known is TeacherRuntime.Libtorch or TeacherRuntime.OnnxRuntime ? known : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static void Note(string path, TeacherRuntime runtime)
    {
        try
        {
            FileReplacement.WriteText(path, runtime.ToString());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It saves the next training a measurement, and is no reason to end this one.
        }
    }

    static TimeSpan Quickest(Action run)
    {
        var best = TimeSpan.MaxValue;
        for (var round = 0; round <= Rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            using var scope = NewDisposeScope();
            run();
            // The first one sets things up.
            if (round > 0 && clock.Elapsed < best) best = clock.Elapsed;
        }

        return best;
    }
}
