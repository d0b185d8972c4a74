using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>A student that the user gives as a file: it has to be able to stand where the original stands.</summary>
static class StudentFile
{
    /// <summary>
    /// Reads and simplifies a student, and gives its inputs and outputs the names and dynamic axes that the original declares, since the app knows
    /// those.
    /// </summary>
    /// <param name="original">As it is written.</param>
    /// <exception cref="RecipeException">CMP0115 where number, element types or shapes of inputs or outputs differ.</exception>
    /// <exception cref="ModelException">The file is no usable model.</exception>
    public static OnnxModel Read(string path, OnnxModel original)
    {
        var student = OnnxModel.Read(path);
        ModelChecker.Check(student);
        Simplification.Apply(student);
        var (inputs, wanted) = (InputShapes.Required(student), InputShapes.Required(original));
        var outputs = student.Graph.Output;
        var shapes = ShapeInference.Infer(student);
        var simplified = original.Clone();
        Simplification.Apply(simplified);
        if (inputs.Count != wanted.Count || outputs.Count != original.Graph.Output.Count
            || !inputs.Zip(wanted).All(pair => CanStandFor(shapes, pair.First, pair.Second))
            || !outputs.Zip(original.Graph.Output).All(pair => CanStandFor(shapes, pair.First, pair.Second))
            || ModelOutput.WidthOf(student) != ModelOutput.WidthOf(simplified))
        {
            var (own, its) = (ModelInterface.Of(student), ModelInterface.Of(original));
            throw new RecipeException(
                RecipeException.StudentDoesNotFit,
                $"The student '{path}' maps {string.Join(", ", own.Inputs)} to {string.Join(", ", own.Outputs)}; the model maps {string.Join(", ", its.Inputs)} to {string.Join(", ", its.Outputs)}.",
                path,
                "Export the student with inputs and outputs of the same types and shapes, dynamic where the model's are; names may differ.");
        }

        Adopt(student, original, inputs, wanted);
        if (ModelOutput.KindOf(student) == ModelOutput.KindOf(simplified)) return student;
        throw new RecipeException(
            RecipeException.StudentDoesNotFit,
            $"Of the student '{path}' and the model one ends with a Softmax and the other does not, so the app would get numbers of another kind.",
            path,
            "Let both give probabilities, or both the numbers before the Softmax.");
    }

    /// <summary>True where the student takes or gives whatever the original does: a fixed length is enough only for the same fixed length.</summary>
    static bool CanStandFor(GraphShapes shapes, ValueInfoProto student, ValueInfoProto original)
    {
        var (given, wanted) = (student.Type?.TensorType, original.Type?.TensorType);
        if (given?.ElemType != wanted?.ElemType) return false;
        if (wanted?.Shape?.Dim is not { } lengths || shapes.Of(student.Name) is not { } own) return true;
        return own.Count == lengths.Count && lengths.Zip(own).All(pair => pair.First is { HasDimValue: true, DimValue: >= 0 }
            ? !pair.Second.IsKnown || pair.Second.Value == pair.First.DimValue
            : !pair.Second.IsKnown);
    }

    static void Adopt(OnnxModel student, OnnxModel original, IReadOnlyList<ValueInfoProto> inputs, IReadOnlyList<ValueInfoProto> wanted)
    {
        var graph = student.Graph;
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (own, its) in inputs.Concat(graph.Output).Zip(wanted.Concat(original.Graph.Output))) names[own.Name] = its.Name;
        // Whatever else has one of these names gives it up.
        var fresh = new FreshNames(graph);
        var taken = names.Values.ToHashSet(StringComparer.Ordinal);
        foreach (var name in taken) fresh.Next(name);
        foreach (var value in graph.Node.SelectMany(node => node.Output).Concat(graph.Initializer.Select(tensor => tensor.Name)))
        {
            if (taken.Contains(value) && !names.ContainsKey(value)) names[value] = fresh.Next(value);
        }

        ValueRenaming.Apply(graph.Node, names);
        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Output.Count; i++) node.Output[i] = names.GetValueOrDefault(node.Output[i], node.Output[i]);
        }

        foreach (var tensor in graph.Initializer) tensor.Name = names.GetValueOrDefault(tensor.Name, tensor.Name);
        foreach (var info in graph.ValueInfo) info.Name = names.GetValueOrDefault(info.Name, info.Name);
        graph.Input.Clear();
        graph.Input.AddRange(wanted.Select(input => input.Clone()));
        graph.Output.Clear();
        graph.Output.AddRange(original.Graph.Output.Select(output => output.Clone()));
        ModelChecker.Check(student);
    }
}
