using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CompressTasks.Profiling;

/// <summary>One input (or output) that a model declares.</summary>
/// <param name="Name">The value's name.</param>
/// <param name="ElementType">ONNX Runtime's name of the element type.</param>
/// <param name="Shape">Lengths of the axes; -1 for a dynamic one.</param>
/// <param name="AxisNames">Symbolic names of the axes; empty for known or nameless ones.</param>
public sealed record ModelInput(string Name, TensorElementType ElementType, long[] Shape, string[] AxisNames)
{
    internal static ModelInput From(string name, NodeMetadata metadata) =>
        new(name, metadata.ElementDataType, [.. metadata.Dimensions.Select(length => (long)length)], metadata.SymbolicDimensions);

    /// <summary>The concrete shape: the one given in <paramref name="shapes"/>, else the declared one with 1 for every dynamic axis.</summary>
    /// <exception cref="ProfilingException">CMP0308 when the given shape contradicts the declared one.</exception>
    public long[] Concrete(IReadOnlyDictionary<string, long[]>? shapes)
    {
        if (shapes is null || !shapes.TryGetValue(Name, out var given)) return [.. Shape.Select(length => length < 0 ? 1 : length)];
        var fits = given.Length == Shape.Length && given.Zip(Shape).All(pair => pair.First >= 0 && (pair.Second < 0 || pair.First == pair.Second));
        if (!fits)
        {
            throw new ProfilingException(
                ProfilingException.InputShape,
                $"Input '{Name}' cannot have the shape {Text(given)}: the model declares {Describe()}.",
                hint: $"Give one number per axis and change dynamic axes only, for example --shape {Name}={Text(Concrete(null))}.");
        }

        return given;
    }

    /// <summary>The shape for people, such as <c>Nx3x224x224</c>.</summary>
    public string Describe() => Shape.Length == 0 ? "a scalar" : string.Join('x', Shape.Select((length, axis) =>
        length >= 0 ? length.ToString(CultureInfo.InvariantCulture) : AxisNames.ElementAtOrDefault(axis) is { Length: > 0 } name ? name : "?"));

    internal static string Text(long[] shape) => string.Join('x', shape.Select(length => length.ToString(CultureInfo.InvariantCulture)));
}
