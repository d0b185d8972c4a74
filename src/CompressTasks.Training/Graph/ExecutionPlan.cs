using System.Runtime.InteropServices;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// One node ready to run: what computes it, and the numbers of the values that it reads (left out: <see cref="ExecutionPlan.Absent"/>) and
/// makes.
/// </summary>
/// <param name="InRuntime">True where ONNX Runtime computes it, so that no gradient flows through.</param>
sealed record Step(NodeProto Node, Kernel Kernel, int[] Inputs, int[] Outputs, bool InRuntime);

/// <summary>
/// The steps that lead to certain outputs, in order, and after each step the values that nobody reads any more. Those are freed at once:
/// what gradients need of them is held by libtorch itself.
/// </summary>
sealed class ExecutionPlan
{
    /// <summary>The number of an input or output that a node leaves out.</summary>
    public const int Absent = -1;

    readonly Step[] steps;
    readonly int[][] lastReads;
    readonly int[] outputs;
    readonly string? file;

    /// <param name="steps">All steps of the graph in topological order.</param>
    /// <param name="kept">True for values that outlive a run: weights, constants and graph inputs.</param>
    /// <param name="outputs">Numbers of the wanted values.</param>
    /// <param name="file">The model's file, for messages.</param>
    public ExecutionPlan(IReadOnlyList<Step> steps, Func<int, bool> kept, int[] outputs, string? file)
    {
        this.outputs = outputs;
        this.file = file;
        var wanted = outputs.ToHashSet();
        var chosen = new List<Step>();
        foreach (var step in steps.Reverse())
        {
            if (!step.Outputs.Any(wanted.Contains)) continue;
            // Outputs that nobody wants are not kept, and need not be computable (the statistics that some normalisations return).
            chosen.Add(step with { Outputs = Array.ConvertAll(step.Outputs, output => wanted.Contains(output) ? output : Absent) });
            wanted.UnionWith(step.Inputs.Where(input => input != Absent));
        }

        chosen.Reverse();
        this.steps = [.. chosen];
        var released = outputs.ToHashSet();
        lastReads = new int[chosen.Count][];
        for (var index = chosen.Count - 1; index >= 0; index--)
        {
            lastReads[index] = [.. chosen[index].Inputs.Where(value => value != Absent && !kept(value) && released.Add(value))];
        }
    }

    /// <summary>
    /// Runs the steps over <paramref name="values"/>, in which everything kept is set, and returns the outputs in the caller's dispose scope.
    /// </summary>
    public Tensor[] Execute(Value[] values, RunContext context)
    {
        using var scope = NewDisposeScope();
        for (var index = 0; index < steps.Length; index++)
        {
            Run(steps[index], values, context);
            foreach (var value in lastReads[index])
            {
                values[value].Tensor?.Dispose();
                values[value] = default;
            }
        }

        // A value may be asked for twice, and weights and inputs stay whose they are: every caller gets a handle of his own.
        return Array.ConvertAll(outputs, value => values[value] switch
        {
            { QuantizedAs: { } type, Tensor: { } tensor } => tensor.detach().to(type).MoveToOuterDisposeScope(),
            { Tensor: { } tensor } => tensor.alias().MoveToOuterDisposeScope(),
            { Integers: { } integers } => integers.ToTensor(context.Device).MoveToOuterDisposeScope(),
            _ => throw new ModelException(
                ModelException.UnsupportedOperator,
                "An output of the model holds strings, a sequence or a type of element that libtorch has no tensors of.",
                file),
        });
    }

    void Run(Step step, Value[] values, RunContext context)
    {
        using var scope = NewDisposeScope();
        var arguments = new Arguments(Array.ConvertAll(step.Inputs, value => value == Absent ? default : values[value]), context);
        var results = Compute(step, arguments).Values;
        for (var index = 0; index < step.Outputs.Length; index++)
        {
            if (step.Outputs[index] == Absent) continue;
            if (index >= results.Length) throw Failed(step, $"its output {index} cannot be computed");
            // Operators that change nothing return their input itself; it needs a handle of its own to be freed on its own.
            var isInput = results[index].Tensor is { } tensor && arguments.Holds(tensor);
            var result = isInput ? results[index].Aliased() : results[index];
            result.Tensor?.MoveToOuterDisposeScope();
            values[step.Outputs[index]] = result;
        }
    }

    Outputs Compute(Step step, Arguments arguments)
    {
        try
        {
            return step.Kernel(arguments);
        }
        catch (Exception exception) when (IsMismatch(exception))
        {
            throw Failed(step, $"with inputs of the shapes {Shapes(arguments)}: {exception.Message.Split('\n')[0]}", exception);
        }
    }

    static string Shapes(Arguments arguments) => string.Join(
        ", ",
        Enumerable.Range(0, arguments.Count).Select(index => !arguments.Has(index) ? "none" : arguments[index].Foreign is null ? Broadcasting.Text(arguments.Shape(index)) : "no tensor"));

    /// <summary>What native code and plain index arithmetic throw where a node's inputs and attributes do not fit each other.</summary>
    static bool IsMismatch(Exception exception) =>
        exception is ExternalException or ModelException { File: null } or ArgumentException or ArithmeticException or IndexOutOfRangeException;

    ModelException Failed(Step step, string reason, Exception? cause = null) => new(
        (cause as ModelException)?.Code ?? ModelException.Shape,
        $"Node '{step.Node.DisplayName()}' ({step.Node.OpType}) cannot be computed {reason}",
        file,
        innerException: cause);
}
