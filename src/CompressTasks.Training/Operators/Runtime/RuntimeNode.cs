using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training;

/// <summary>
/// A node that libtorch has no kernel for, run by ONNX Runtime on the CPU as a model of one node. What its subgraphs read of the graph
/// around them are inputs too; constants are part of the model, as some kernels want it. No gradient flows through.
/// </summary>
sealed class RuntimeNode : IDisposable
{
    /// <summary>The lowest version of the file format that has functions, and initializers that are no inputs.</summary>
    const long OldestFormat = 8;

    readonly OnnxModel model;
    readonly NodeProto node;
    readonly List<TensorProto> constants = [];
    readonly List<(int Argument, string Name, DataType Inferred)> inputs = [];
    readonly string[] outputs;
    readonly Dictionary<string, InferenceSession> sessions = new(StringComparer.Ordinal);

    /// <param name="model">The model that the node is of; its operator sets, functions and file are used.</param>
    /// <param name="constants">The stored tensor of that name if it never changes, else null.</param>
    /// <param name="shapes">What is inferred of the values.</param>
    /// <exception cref="ModelException">CMP0007 where all types are known and ONNX Runtime does not take the node.</exception>
    public RuntimeNode(NodeProto node, OnnxModel model, Func<string, TensorProto?> constants, GraphShapes shapes)
    {
        (this.model, this.node) = (model, node);
        outputs = [.. node.Output.Where(name => name.Length > 0)];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (argument, name) in Reads(node).Index())
        {
            if (name.Length == 0 || !seen.Add(name)) continue;
            if (constants(name) is { } constant) this.constants.Add(Named(constant, name));
            else inputs.Add((argument, name, shapes.ElementType(name)));
        }

        // A refusal is better told before anything runs.
        if (inputs.All(input => TorchTensors.CanHold(input.Inferred) && shapes.Of(input.Name) is not null))
        {
            Session([.. inputs.Select(input => RuntimeTensors.TensorOf(input.Inferred, shapes.Of(input.Name)!.Count))]);
        }
    }

    /// <summary>The values that a node reads, in the order of its arguments here: its inputs, then what its subgraphs capture.</summary>
    public static IEnumerable<string> Reads(NodeProto node) => node.Input.Concat(Subgraphs.CapturedValues(node));

    public Outputs Run(Arguments arguments)
    {
        var types = new TypeProto[inputs.Count];
        var given = new OrtValue[inputs.Count];
        var owned = new List<OrtValue>(inputs.Count);
        try
        {
            for (var i = 0; i < given.Length; i++)
            {
                var value = arguments[inputs[i].Argument];
                if (value.Foreign is { } foreign)
                {
                    (given[i], types[i]) = (foreign, RuntimeTensors.TypeOf(foreign));
                    continue;
                }

                var type = RuntimeTensors.ElementType(value, inputs[i].Inferred);
                owned.Add(given[i] = RuntimeTensors.ToRuntime(value, type));
                types[i] = RuntimeTensors.TensorOf(type, arguments.Shape(inputs[i].Argument).Length);
            }

            using var options = new RunOptions();
            // Every result is taken over: copied into a tensor, or kept by the run.
            var results = new Queue<OrtValue>(Session(types).Run(options, [.. inputs.Select(input => input.Name)], given, outputs));
            return new Outputs([.. node.Output.Select(name => name.Length == 0 ? default : RuntimeTensors.FromRuntime(results.Dequeue(), arguments.Context))]);
        }
        catch (OnnxRuntimeException exception)
        {
            throw OperatorErrors.Mismatch($"ONNX Runtime says: {exception.Message}");
        }
        finally
        {
            foreach (var value in owned) value.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var session in sessions.Values) session.Dispose();
        sessions.Clear();
    }

    InferenceSession Session(TypeProto[] types)
    {
        var key = string.Join('|', types.Select(type => type.ToString()));
        if (sessions.TryGetValue(key, out var session)) return session;
        RuntimeLibrary.EnsureLoaded();
        using var options = new SessionOptions
        {
            IntraOpNumThreads = get_num_threads(),
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            return sessions[key] = new InferenceSession(ModelOf(types).ToByteArray(), options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw OperatorErrors.NotRunnable(node, exception.Message, model.Path, exception);
        }
    }

    ModelProto ModelOf(TypeProto[] types)
    {
        var graph = new GraphProto { Name = node.DisplayName(), Node = { node } };
        graph.Initializer.AddRange(constants);
        graph.Input.AddRange(inputs.Zip(types, (input, type) => new ValueInfoProto { Name = input.Name, Type = type }));
        graph.Output.AddRange(outputs.Select(name => new ValueInfoProto { Name = name }));
        var proto = new ModelProto { IrVersion = Math.Max(model.Proto.IrVersion, OldestFormat), Graph = graph };
        proto.OpsetImport.AddRange(model.Proto.OpsetImport);
        proto.Functions.AddRange(model.Proto.Functions);
        return proto;
    }

    static TensorProto Named(TensorProto tensor, string name)
    {
        if (tensor.Name == name) return tensor;
        var named = tensor.Clone();
        named.Name = name;
        return named;
    }
}
