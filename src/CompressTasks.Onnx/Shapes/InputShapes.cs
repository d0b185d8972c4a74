using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Concrete lengths for a model's dynamic input axes.</summary>
public static class InputShapes
{
    /// <summary>The inputs that a caller has to feed: the declared ones without those that an initializer fills.</summary>
    public static IReadOnlyList<ValueInfoProto> Required(OnnxModel model)
    {
        var initialized = model.Graph.Initializer.Select(initializer => initializer.Name).ToHashSet(StringComparer.Ordinal);
        return [.. model.Graph.Input.Where(input => !initialized.Contains(input.Name))];
    }

    /// <summary>
    /// A shape for every required input: as given, else as declared with <paramref name="dynamicLength"/> for each dynamic axis.
    /// </summary>
    /// <exception cref="ModelException">CMP0006: a given shape contradicts the declared one, or an input has no declared rank and is not
    /// given.</exception>
    public static IReadOnlyDictionary<string, long[]> Resolve(
        OnnxModel model, IReadOnlyDictionary<string, long[]>? given = null, long dynamicLength = 1)
    {
        var symbols = Bind(model, given);
        var result = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach (var input in Required(model))
        {
            if (given is not null && given.TryGetValue(input.Name, out var shape))
            {
                result[input.Name] = shape;
                continue;
            }

            if (input.Type?.TensorType?.Shape is not { } declared)
            {
                throw new ModelException(
                    ModelException.Shape, $"The input '{input.Name}' declares no shape.", model.Path, $"Give one: --shape {input.Name}=1x3x224x224");
            }

            result[input.Name] = [.. declared.Dim.Select(dimension => dimension switch
            {
                { HasDimValue: true, DimValue: >= 0 } => dimension.DimValue,
                _ when symbols.TryGetValue(dimension.DimParam, out var length) => length,
                _ => dynamicLength,
            })];
        }

        return result;
    }

    /// <summary>True where the dimension has a name that means something; some exporters call every unknown axis "?" or "None".</summary>
    internal static bool IsNamed(TensorShapeProto.Types.Dimension dimension) =>
        dimension.HasDimParam && dimension.DimParam is not "None" && dimension.DimParam.Any(char.IsLetter);

    /// <summary>The symbols of the declared input shapes with the lengths that the given shapes imply.</summary>
    internal static Dictionary<string, long> Bind(OnnxModel model, IReadOnlyDictionary<string, long[]>? given)
    {
        var symbols = new Dictionary<string, long>(StringComparer.Ordinal);
        if (given is null) return symbols;
        var inputs = model.Graph.Input.ToDictionary(input => input.Name, StringComparer.Ordinal);
        foreach (var (name, shape) in given)
        {
            if (!inputs.TryGetValue(name, out var input))
            {
                throw Mismatch(
                    model,
                    $"A shape is given for '{name}', which is no input of the model; its inputs are {string.Join(", ", inputs.Keys)}.");
            }

            if (input.Type?.TensorType?.Shape is not { } declared) continue;
            if (declared.Dim.Count != shape.Length)
            {
                throw Mismatch(model, $"The shape given for input '{name}' has {shape.Length} axes where the model declares {declared.Dim.Count}.");
            }

            for (var axis = 0; axis < shape.Length; axis++)
            {
                var dimension = declared.Dim[axis];
                if (dimension.HasDimValue && dimension.DimValue >= 0 && dimension.DimValue != shape[axis])
                {
                    throw Mismatch(
                        model,
                        $"The shape given for input '{name}' has length {shape[axis]} on axis {axis} where the model fixes {dimension.DimValue}.");
                }

                if (!IsNamed(dimension)) continue;
                if (!symbols.TryAdd(dimension.DimParam, shape[axis]) && symbols[dimension.DimParam] != shape[axis])
                {
                    throw Mismatch(model, $"The axis '{dimension.DimParam}' is given as both {symbols[dimension.DimParam]} and {shape[axis]}.");
                }
            }
        }

        return symbols;
    }

    static ModelException Mismatch(OnnxModel model, string message) => new(ModelException.Shape, message, model.Path);
}
