using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CompressTasks.Tuning;

/// <summary>Spaces as JSON; the form is described in docs/tuning.md.</summary>
static class SpaceFile
{
    static readonly string[] Members = ["float", "log", "int", "logInt", "choice", "boolean", "step", "prior", "limits", "default", "when"];
    static readonly (string Member, string[] Kinds)[] Restricted =
    [
        ("step", ["float", "log", "int", "logInt"]),
        ("limits", ["float", "log", "int", "logInt"]),
        ("prior", ["float", "log"]),
    ];

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static SearchSpace Read(string json)
    {
        if (JsonText.Parse(json, "search space") is not JsonObject root || root["parameters"] is not JsonObject parameters)
            throw Wrong("The search space is no object with a member 'parameters'");
        foreach (var (name, _) in root)
            if (name is not ("parameters" or "constraints"))
                throw Wrong($"The search space has an unknown member '{name}'");
        if (root["constraints"] is not (null or JsonArray))
            throw Wrong("'constraints' of the search space is no list of texts");
        var constraints = (root["constraints"] as JsonArray ?? []).Select(node => SpaceConstraint.Parse(Text(node)));
        return new(parameters.Select(member => Parameter(member.Key, member.Value)), constraints);
    }

    /// <summary>One parameter: <c>{ "log": [1e-4, 1] }</c>.</summary>
    public static Parameter Parameter(string name, JsonNode? node)
    {
        if (node is not JsonObject members)
            throw Wrong($"The parameter '{name}' is no object");
        foreach (var (member, _) in members)
            if (!Members.Contains(member))
                throw Wrong($"The parameter '{name}' has an unknown member '{member}'");
        if (members.Count(member => member.Key is "float" or "log" or "int" or "logInt" or "choice" or "boolean") != 1)
            throw Wrong($"The parameter '{name}' has not exactly one of float, log, int, logInt, choice and boolean");

        foreach (var (member, kinds) in Restricted)
            if (members[member] is not null && !kinds.Any(members.ContainsKey))
                throw Wrong($"The parameter '{name}' has a '{member}', which goes with {string.Join(", ", kinds)} only");

        Parameter parameter;
        if (members["float"] is { } real)
            parameter = Real(name, real, members, logarithmic: false);
        else if (members["log"] is { } logarithmic)
            parameter = Real(name, logarithmic, members, logarithmic: true);
        else if (members["int"] is { } whole)
            parameter = Whole(name, whole, members, logarithmic: false);
        else if (members["logInt"] is { } logarithmicWhole)
            parameter = Whole(name, logarithmicWhole, members, logarithmic: true);
        else if (members["choice"] is JsonArray choices)
            parameter = new CategoricalParameter(name, [.. choices.Select(ParameterValue.FromJson)]);
        else if (members["boolean"] is not null)
            parameter = new BooleanParameter(name);
        else
            throw Wrong($"The parameter '{name}' has no list of choices");

        return parameter with
        {
            Default = members["default"] is { } standard ? ParameterValue.FromJson(standard) : (ParameterValue?)null,
            When = members["when"] is { } when ? Conditions(name, when) : [],
        };
    }

    public static string Write(SearchSpace space)
    {
        var parameters = space.Parameters.Select(parameter => KeyValuePair.Create(parameter.Name, (JsonNode?)Parameter(parameter)));
        var root = new JsonObject { ["parameters"] = new JsonObject(parameters) };
        var constraints = space.Constraints.Where(constraint => constraint.IsText).Select(constraint => (JsonNode?)JsonValue.Create(constraint.Name)).ToArray();
        if (constraints.Length > 0)
            root["constraints"] = new JsonArray(constraints);
        return root.ToJsonString(Indented);
    }

    static FloatParameter Real(string name, JsonNode range, JsonObject members, bool logarithmic)
    {
        var (lowest, highest) = Limits(name, members);
        return new(name, Number(range, 0), Number(range, 1))
        {
            Logarithmic = logarithmic,
            Step = members["step"] is { } step ? Number(step) : null,
            Lowest = lowest is null ? null : Number(lowest),
            Highest = highest is null ? null : Number(highest),
            Prior = members["prior"] is { } prior ? Prior(name, prior) : null,
        };
    }

    static IntParameter Whole(string name, JsonNode range, JsonObject members, bool logarithmic)
    {
        var (lowest, highest) = Limits(name, members);
        return new(name, Integer(range, 0), Integer(range, 1))
        {
            Logarithmic = logarithmic,
            Step = members["step"] is { } step ? Integer(step) : 1,
            Lowest = lowest is null ? null : Integer(lowest),
            Highest = highest is null ? null : Integer(highest),
        };
    }

    static (JsonNode? Lowest, JsonNode? Highest) Limits(string name, JsonObject members) => members["limits"] switch
    {
        null => (null, null),
        JsonArray { Count: 2 } limits => (limits[0], limits[1]),
        _ => throw Wrong($"'limits' of the parameter '{name}' is no pair of numbers, of which one may be null"),
    };

    static NormalPrior Prior(string name, JsonNode node) => node is JsonObject { Count: 2 } prior && prior.ContainsKey("mean") && prior.ContainsKey("deviation")
        ? new(Number(prior["mean"]), Number(prior["deviation"]))
        : throw Wrong($"'prior' of the parameter '{name}' has not just a mean and a deviation");

    static ImmutableArray<Condition> Conditions(string name, JsonNode node)
    {
        if (node is not JsonObject parents)
            throw Wrong($"'when' of the parameter '{name}' is no object");
        return [.. parents.Select(parent => parent.Value switch
        {
            JsonArray { Count: 0 } => throw Wrong($"'when' of the parameter '{name}' has an empty list for '{parent.Key}'"),
            JsonArray values => Condition.Equal(parent.Key, [.. values.Select(ParameterValue.FromJson)]),
            JsonObject bounds when bounds.FirstOrDefault(bound => bound.Key is not ("atLeast" or "atMost")).Key is { } unknown =>
                throw Wrong($"'when' of the parameter '{name}' has an unknown member '{unknown}' for '{parent.Key}'; bounds are atLeast and atMost"),
            JsonObject bounds => Condition.From(
                parent.Key,
                bounds.TryGetPropertyValue("atLeast", out var least) ? Number(least) : double.NegativeInfinity,
                bounds.TryGetPropertyValue("atMost", out var most) ? Number(most) : double.PositiveInfinity),
            _ => Condition.Equal(parent.Key, ParameterValue.FromJson(parent.Value)),
        })];
    }

    static JsonObject Parameter(Parameter parameter)
    {
        var members = new JsonObject();
        switch (parameter)
        {
            case FloatParameter real:
                members[real.Logarithmic ? "log" : "float"] = new JsonArray(real.Low, real.High);
                if (real.Step is { } step)
                    members["step"] = step;
                if (real.Prior is { } prior)
                    members["prior"] = new JsonObject { ["mean"] = prior.Mean, ["deviation"] = prior.Deviation };
                if (real.Lowest is not null || real.Highest is not null)
                    members["limits"] = new JsonArray(real.Lowest, real.Highest);
                break;
            case IntParameter whole:
                members[whole.Logarithmic ? "logInt" : "int"] = new JsonArray(whole.Low, whole.High);
                if (whole.Step != 1)
                    members["step"] = whole.Step;
                if (whole.Lowest is not null || whole.Highest is not null)
                    members["limits"] = new JsonArray(whole.Lowest, whole.Highest);
                break;
            case CategoricalParameter choice:
                members["choice"] = new JsonArray([.. choice.Choices.Select(value => (JsonNode?)value.ToJson())]);
                break;
            default:
                members["boolean"] = true;
                break;
        }

        if (parameter.Default is { } standard)
            members["default"] = standard.ToJson();
        if (!parameter.When.IsEmpty)
            members["when"] = new JsonObject(parameter.When.GroupBy(condition => condition.Parent).Select(group => KeyValuePair.Create(group.Key, (JsonNode?)Bounds(Condition.Both([.. group])))));
        return members;
    }

    static JsonNode Bounds(Condition condition)
    {
        if (!condition.AnyOf.IsEmpty)
            return new JsonArray([.. condition.AnyOf.Select(value => (JsonNode?)value.ToJson())]);
        var bounds = new JsonObject();
        if (double.IsFinite(condition.AtLeast))
            bounds["atLeast"] = condition.AtLeast;
        if (double.IsFinite(condition.AtMost))
            bounds["atMost"] = condition.AtMost;
        return bounds;
    }

    static double Number(JsonNode? range, int index) => Number(Pair(range)[index]);

    static long Integer(JsonNode? range, int index) => Integer(Pair(range)[index]!);

    static JsonArray Pair(JsonNode? range) =>
        range is JsonArray { Count: 2 } pair && pair[0] is not null && pair[1] is not null ? pair : throw Wrong($"'{range?.ToJsonString()}' is no pair of numbers");

    static double Number(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number ? node.GetValue<double>() : throw Wrong($"'{node?.ToJsonString()}' is no number");

    static long Integer(JsonNode node)
    {
        var number = Number(node);
        return number == Math.Floor(number) && Math.Abs(number) <= 1L << 52 ? (long)number : throw Wrong($"'{node.ToJsonString()}' is no whole number");
    }

    static string Text(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : throw Wrong($"'{node?.ToJsonString()}' is no text");

    static TuningException Wrong(string what) =>
        new(TuningException.Space, what + ".", "Write for instance { \"parameters\": { \"rate\": { \"log\": [1e-4, 1] }, \"layers\": { \"int\": [1, 4] } } }.");
}
