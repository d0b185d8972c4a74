using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>
/// Loop and Scan. A carried value has the shape that it starts with where the body gives it back in that shape; what differs from one
/// iteration to the next is unknown.
/// </summary>
static class LoopRules
{
    /// <summary>Nested deeper than this, carried values are unknown from the start, since every guess at them costs a run of the body.</summary>
    const int DeepestGuess = 4;

    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["Loop"] = Loop;
        rules["Scan"] = Scan;
    }

    static void Loop(NodeInference inference)
    {
        var body = Body(inference, inference.InputCount, inference.OutputCount + 1);
        var carried = Math.Max(0, inference.InputCount - 2);
        // A body runs only while its condition holds.
        var runs = new TensorFact(DataType.Bool, []) { Content = TensorContent.Scalar(ScalarValue.OfNumber(1)) };
        var (states, scope) = Settle(inference, body, firstInput: 2, firstOutput: 1, carried, [new(DataType.Int64, []), runs], []);
        var startsTrue = !inference.HasInput(1) || inference.Integers(1) is [1];
        var neverStops = startsTrue && scope.Fact(body.Output[0].Name).Content?.Integers() is [1];
        var length = neverStops && inference.Content(0)?.Elements is [{ Integer: { } count }] ? count : inference.Unknown();
        if (length is { IsKnown: true, Value: < 0 }) length = 0;
        for (var i = 0; i < inference.OutputCount; i++)
        {
            var result = scope.Fact(body.Output[i + 1].Name);
            if (i < carried) inference.Output(i, states[i]);
            else inference.Output(i, result.Type, result.Shape is { } shape ? [length, .. Outside(inference, shape)] : null);
        }
    }

    static void Scan(NodeInference inference)
    {
        // The form of operator set 8 has a batch axis of its own; what the model declares stands.
        if (inference.Opset < 9) return;
        var body = Body(inference, inference.InputCount, inference.OutputCount);
        var scanned = inference.Node.Int("num_scan_inputs", 0);
        if (scanned < 1 || scanned > inference.InputCount) throw inference.Contradiction($"scans {scanned} of {inference.InputCount} inputs");
        var carried = inference.InputCount - (int)scanned;
        var (axes, outputAxes) = (inference.Node.Ints("scan_input_axes"), inference.Node.Ints("scan_output_axes"));
        var length = inference.Unknown();
        var parts = new List<TensorFact>();
        for (var i = carried; i < inference.InputCount; i++)
        {
            if (inference.Shape(i) is not { } shape)
            {
                parts.Add(new(inference.Type(i), null));
                continue;
            }

            var axis = inference.Axis(axes?.ElementAtOrDefault(i - carried) ?? 0, shape.Length);
            if (length.IsAnonymous) length = shape[axis];
            parts.Add(new(inference.Type(i), [.. shape[..axis], .. shape[(axis + 1)..]]));
        }

        var (states, scope) = Settle(inference, body, firstInput: 0, firstOutput: 0, carried, [], parts);
        for (var i = 0; i < inference.OutputCount; i++)
        {
            if (i < carried)
            {
                inference.Output(i, states[i]);
                continue;
            }

            var result = scope.Fact(body.Output[i].Name);
            var axis = result.Shape is { } shape ? inference.Axis(outputAxes?.ElementAtOrDefault(i - carried) ?? 0, shape.Length + 1) : 0;
            inference.Output(i, result.Type, result.Shape is { } part ? [.. Outside(inference, part[..axis]), length, .. Outside(inference, part[axis..])] : null);
        }
    }

    /// <summary>An unknown length inside a body is another one in every iteration.</summary>
    static IEnumerable<Dimension> Outside(NodeInference inference, Dimension[] shape) => shape.Select(length => length.IsAnonymous ? inference.Unknown() : length);

    static GraphProto Body(NodeInference inference, int inputs, int outputs)
    {
        var body = inference.Node.Subgraph("body") ?? throw inference.Contradiction("has no body");
        if (body.Input.Count != inputs || body.Output.Count < outputs)
        {
            throw inference.Contradiction($"has a body of {body.Input.Count} inputs and {body.Output.Count} outputs where {inputs} and {outputs} are needed");
        }

        return body;
    }

    /// <summary>Runs the body until what it is given and what it gives back agree.</summary>
    static (TensorFact[] States, InferenceScope Scope) Settle(
        NodeInference inference,
        GraphProto body,
        int firstInput,
        int firstOutput,
        int carried,
        TensorFact[] before,
        List<TensorFact> after)
    {
        var states = new TensorFact[carried];
        for (var i = 0; i < carried; i++)
        {
            var given = inference.Input(firstInput + i);
            states[i] = new(given.Type, inference.Scope.Depth < DeepestGuess ? given.Shape : null);
        }

        const int Guesses = 3;
        var changing = new HashSet<Dimension>();
        for (var guess = 1; ; guess++)
        {
            var scope = inference.Scope.ForSubgraph(body);
            foreach (var (i, fact) in before.Concat(states).Concat(after).Index()) scope.Set(body.Input[i].Name, Typed(fact, scope.FromType(body.Input[i].Type)));
            ShapeInference.Run(body, scope);
            TensorFact[] results = [.. states.Select((state, i) => Common(inference, changing, state, scope.Fact(body.Output[firstOutput + i].Name)))];
            if (results.SequenceEqual(states) || guess == Guesses) return (results, scope);
            // The last guess is none at all, so that nothing rests on what does not hold.
            states = guess < Guesses - 1 ? results : Array.ConvertAll(results, state => state with { Shape = null });
        }
    }

    static TensorFact Typed(TensorFact fact, TensorFact declared) =>
        fact.Type == DataType.Undefined ? fact with { Type = declared.Type } : fact;

    /// <summary>The state itself where the result has its shape, else what both have in common.</summary>
    /// <param name="changing">The unknown lengths that stand for what the body changes; what becomes of them is unknown anyway.</param>
    static TensorFact Common(NodeInference inference, HashSet<Dimension> changing, TensorFact state, TensorFact result)
    {
        var type = state.Type == DataType.Undefined ? result.Type : state.Type;
        if (state.Shape is not { } before || result.Shape is not { } after || before.Length != after.Length)
        {
            return state.Shape is null && state.Type == type ? state : new(type, null);
        }

        Dimension[] shape = [.. before.Zip(after, (one, other) => one == other || changing.Contains(one) ? one : inference.Unknown())];
        if (before.SequenceEqual(shape) && state.Type == type) return state;
        changing.UnionWith(shape.Except(before));
        return new(type, shape);
    }
}
