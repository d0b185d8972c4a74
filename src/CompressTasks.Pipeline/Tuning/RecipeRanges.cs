using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CompressTasks.Training;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline;

/// <summary>
/// Recipes in which a range such as <c>{ "log": [1e-4, 1] }</c> stands in place of a value (docs/tuning.md). A parameter's name is its path in the file
/// (<c>stages[1].training.learningRate</c>), shortened from the front as far as no other one has the same name.
/// </summary>
sealed class RecipeRanges
{
    const string Constraints = "constraints";

    static readonly string[] Kinds = ["float", "log", "int", "logInt", "choice", "boolean"];
    static readonly JsonDocumentOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };

    /// <summary>Whether a text is JSON in which a range stands.</summary>
    public static bool StandIn(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: Reading) is { } root && Find(root, []).Any();
        }
        catch (JsonException)
        {
            return false; // whoever reads it as a recipe says what is wrong
        }
    }

    readonly string file;
    readonly JsonObject root;
    readonly string[] constraints;
    readonly string[][] paths;
    readonly string[] names;

    RecipeRanges(string file, JsonObject root)
    {
        this.file = file;
        this.root = root;
        constraints = ConstraintsOf(root, file);
        root.Remove(Constraints);
        paths = [.. Find(root, []).Select(found => found.Path)];
        names = Names(paths);
    }

    /// <summary>What is done to the samples, which is the same for all trials.</summary>
    /// <exception cref="RecipeException">CMP0111.</exception>
    public Preprocessing Preprocessing
    {
        get
        {
            var part = new JsonObject { ["preprocessing"] = root["preprocessing"]?.DeepClone(), ["stages"] = new JsonArray(new JsonObject { ["stage"] = "prune" }) };
            return RecipeFile.Parse(part.ToJsonString(), file).Preprocessing ?? Preprocessing.Default;
        }
    }

    /// <param name="path">A recipe file.</param>
    /// <exception cref="RecipeException">CMP0110; CMP0111 no recipe, or a range where none can stand; CMP0114 no range.</exception>
    public static RecipeRanges Read(string path)
    {
        var ranges = new RecipeRanges(path, Parse(RecipeFile.ReadText(path), path));
        if (ranges.paths.Length == 0)
        {
            throw new RecipeException(RecipeException.NothingTuned, $"The recipe '{path}' has no range to choose from.", path, "Write for example { \"log\": [0.01, 1] } in place of a learning rate; docs/tuning.md has all forms.");
        }

        if (ranges.paths.FirstOrDefault(known => known[0] != "stages" || known.Length < 3) is { } outside)
        {
            throw new RecipeException(RecipeException.Malformed, $"'{path}' has a range for '{Joined(outside)}', which cannot be tuned.", path, "Ranges can stand for the values of stages.");
        }

        return ranges;
    }

    /// <param name="labels">Of the training data, whose built-in recipe tells what holds where a range has no default.</param>
    /// <param name="request">Its student takes part in each recipe.</param>
    /// <exception cref="CompressException">CMP0114 no range has an effect; CMP0901 a range that contradicts itself; whatever is wrong with the recipe that the defaults give.</exception>
    public RecipeSpace Space(LabelKind? labels, CompressionRequest request)
    {
        var known = new RecipeDefaults(labels);
        var idle = TrainingStageCheck.WithoutEffect(labels, request).ToHashSet();
        var idleNames = paths.Zip(names).Where(range => idle.Contains(Joined(range.First[2..]))).Select(range => range.Second).ToHashSet();
        if (idleNames.Count == names.Length)
        {
            throw new RecipeException(RecipeException.NothingTuned, $"No range of the recipe '{file}' has an effect with this data, these teachers and budgets: {string.Join(", ", names)}.", file, "docs/recipes.md tells what each value needs.");
        }

        var space = TuningErrors.Guard(file, () =>
        {
            var declared = paths.Zip(names).Select(range => known.Complete(Declared(range.Second, range.First), StageOf(range.First), range.First)).ToArray();
            var parameters = declared
                .Where(parameter => !idleNames.Contains(parameter.Name) || IsNamed(parameter.Name, declared))
                .Select(parameter => idleNames.Contains(parameter.Name) ? AtDefault(parameter) : parameter);
            return constraints.Aggregate(new SearchSpace(parameters), (grown, text) => grown.Subject(text));
        });
        Recipe Make(Configuration configuration) => StudentCheck.Complete(RecipeFile.Parse(Filled(configuration, idleNames), file), request);
        if (space.Defaults() is { } defaults) Make(defaults); // a misspelt name is told before any work is done
        return new RecipeSpace(space, Make, Fixed());
    }

    /// <summary>Whether a constraint or another range's condition reads a value.</summary>
    bool IsNamed(string name, IEnumerable<Parameter> declared) =>
        constraints.Any(text => text.Contains(name, StringComparison.Ordinal)) || declared.Any(parameter => parameter.When.Any(condition => condition.Parent == name));

    /// <summary>What says nothing is not searched, but constraints that name it have to have a value.</summary>
    static Parameter AtDefault(Parameter parameter) => parameter switch
    {
        FloatParameter real => new FloatParameter(real.Name, real.Default!.Value.Number, real.Default.Value.Number) { When = real.When, Default = real.Default },
        IntParameter whole => new IntParameter(whole.Name, (long)whole.Default!.Value.Number, (long)whole.Default.Value.Number) { When = whole.When, Default = whole.Default },
        _ => new CategoricalParameter(parameter.Name, [parameter.Default!.Value]) { When = parameter.When, Default = parameter.Default },
    };

    /// <summary>As it stands in the file, checked alone: a default can only be found in a range that is one.</summary>
    Parameter Declared(string name, string[] path)
    {
        var parameter = Parameter.FromJson(name, At(root, path)!.ToJsonString());
        _ = new SearchSpace([parameter with { When = [] }]);
        return parameter;
    }

    /// <summary>What all recipes have in common: a mark stands in place of each range.</summary>
    string Fixed()
    {
        var common = (JsonObject)root.DeepClone();
        foreach (var path in paths)
        {
            var parent = At(common, path[..^1])!;
            if (parent is JsonArray list) list[Index(path[^1])] = "?";
            else parent[path[^1]] = "?";
        }

        return common.ToJsonString();
    }

    static string[] ConstraintsOf(JsonObject root, string file)
    {
        if (!root.TryGetPropertyValue(Constraints, out var node)) return [];
        if (node is JsonArray texts && texts.All(text => text?.GetValueKind() == JsonValueKind.String)) return [.. texts.Select(text => (string)text!)];
        throw RecipeFile.Malformed(file, $"'{Constraints}' has to be a list of texts");
    }

    static JsonObject Parse(string text, string path)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: Reading) as JsonObject ?? throw new JsonException("the file has no object");
        }
        catch (JsonException exception)
        {
            throw RecipeFile.Malformed(path, exception.Message, exception);
        }
    }

    /// <summary>
    /// The recipe with values in place of ranges. What the configuration does not have is left out: what exists under a condition, or says nothing for this data, these
    /// teachers and budgets. So is what a chosen value leaves without effect: a momentum beside a choice of optimizers is there for one of them.
    /// </summary>
    /// <param name="configuration">Of the space.</param>
    /// <param name="idle">Ranges that say nothing.</param>
    string Filled(Configuration configuration, HashSet<string> idle)
    {
        var filled = (JsonObject)root.DeepClone();
        var values = (JsonObject)JsonNode.Parse(configuration.ToJson())!;
        for (var i = 0; i < paths.Length; i++)
        {
            var parent = At(filled, paths[i][..^1])!;
            var value = idle.Contains(names[i]) ? null : values[names[i]]?.DeepClone();
            if (parent is JsonArray list) list[Index(paths[i][^1])] = value;
            else if (value is null) Remove((JsonObject)parent, paths[i][^1]);
            else parent[paths[i][^1]] = value;
        }

        foreach (var path in paths)
        {
            if (At(filled, path[..^1]) is not JsonObject parent) continue;
            var chosen = parent[path[^1]]?.ToString();
            foreach (var setting in GovernedSetting.All.Where(setting => setting.Governor == path[^1] && !setting.CountsBeside(chosen))) parent.Remove(setting.Name);
        }

        return filled.ToJsonString();
    }

    /// <summary>Widths of no group at all are not the same as none that are given.</summary>
    static void Remove(JsonObject parent, string member)
    {
        parent.Remove(member);
        if (parent.Count == 0 && parent.Parent is JsonObject stage && parent.GetPropertyName() == "keepPerGroup") stage.Remove("keepPerGroup");
    }

    static IEnumerable<(string[] Path, JsonObject Range)> Find(JsonNode? node, string[] path) => node switch
    {
        JsonObject range when path.Length > 0 && range.Any(member => Kinds.Contains(member.Key)) => [(path, range)],
        JsonObject members => members.SelectMany(member => Find(member.Value, [.. path, member.Key])),
        JsonArray items => items.SelectMany((item, index) => Find(item, [.. path, string.Create(CultureInfo.InvariantCulture, $"[{index}]")])),
        _ => [],
    };

    static JsonNode? At(JsonNode root, string[] path) => path.Aggregate((JsonNode?)root, (node, step) => step[0] == '[' ? node![Index(step)] : node![step]);

    static int Index(string step) => int.Parse(step.AsSpan(1, step.Length - 2), CultureInfo.InvariantCulture);

    string StageOf(string[] path) =>
        At(root, path[..2]) is JsonObject stage && stage["stage"] is JsonValue name && name.TryGetValue<string>(out var text)
            ? text
            : throw RecipeFile.Malformed(file, $"'{Joined(path[..2])}' has no name of a stage, which is a text and cannot be tuned");

    static string[] Names(string[][] paths) => [.. paths.Select(path => Enumerable.Range(1, path.Length)
        .Select(length => path[^length..])
        .Where(suffix => suffix[0][0] != '[')
        .First(suffix => suffix.Length == path.Length
            || (suffix.Any(step => step.Any(char.IsAsciiLetterOrDigit)) && paths.Count(other => other.Length >= suffix.Length && other.AsSpan(other.Length - suffix.Length).SequenceEqual(suffix)) == 1)))
        .Select(Joined)];

    static string Joined(string[] path) => string.Concat(path.Select((step, i) => i == 0 || step[0] == '[' ? Plain(step) : "." + Plain(step)));

    /// <summary>Patterns of layers are keys as well; names of parameters have letters, digits and few signs.</summary>
    static string Plain(string step) => string.Concat(step.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-' or '/' or '[' or ']' ? letter : '_'));
}
