using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace CompressTasks.Tuning;

/// <summary>What is stored of a study itself: its objectives, the names of its measured constraints, its space, and what else its values depend on.</summary>
/// <param name="Parameters">Of the space.</param>
/// <param name="Space">As JSON.</param>
sealed record StudyDefinition(ImmutableArray<Objective> Objectives, ImmutableArray<string> Measured, ImmutableArray<Parameter> Parameters, string Space, string? Identity)
{
    public static StudyDefinition Of(SearchSpace space, StudyOptions options) => new(options.Objectives, options.Measured, space.Parameters, space.ToJson(), options.Identity);

    public string ToJson()
    {
        var root = new JsonObject
        {
            ["objectives"] = new JsonArray([.. Objectives.Select(ToJson)]),
            ["measured"] = new JsonArray([.. Measured.Select(name => (JsonNode?)JsonValue.Create(name))]),
            ["space"] = JsonNode.Parse(Space),
        };
        if (Identity is not null)
            root["identity"] = Identity;
        return root.ToJsonString();
    }

    static JsonNode? ToJson(Objective objective) => new JsonObject
    {
        ["name"] = objective.Name,
        ["direction"] = objective.Direction == Direction.Minimize ? "minimize" : "maximize",
    };

    /// <summary>Its space may be one that is refused today: only names and kinds of its parameters count.</summary>
    public static StudyDefinition FromJson(string json)
    {
        if (JsonText.Parse(json, "stored study") is not JsonObject root || root["objectives"] is not JsonArray objectives || root["space"]?["parameters"] is not JsonObject parameters)
            throw new TuningException(TuningException.Storage, "The stored study has no objectives or no space.");
        return new(
            [.. objectives.Select(node => new Objective((string)node!["name"]!, (string?)node["direction"] == "minimize" ? Direction.Minimize : Direction.Maximize))],
            [.. (root["measured"] as JsonArray ?? []).Select(node => (string)node!)],
            [.. parameters.Select(member => SpaceFile.Parameter(member.Key, member.Value))],
            root["space"]!.ToJsonString(),
            (string?)root["identity"]);
    }

    /// <summary>The space may grow or shrink, parameters may come and go; but a parameter keeps its kind, and the objectives stay.</summary>
    /// <exception cref="TuningException">The other definition is of another study.</exception>
    public void CheckSuccessor(StudyDefinition next, string study)
    {
        const string Hint = "Open it as it was declared, or use another name.";
        if (!Objectives.SequenceEqual(next.Objectives) || !Measured.SequenceEqual(next.Measured))
            throw new TuningException(TuningException.StudyMismatch, $"The stored study '{study}' has other objectives or measured constraints.", Hint);
        if (Identity is not null && next.Identity is not null && Identity != next.Identity)
            throw new TuningException(TuningException.StudyMismatch, $"The stored study '{study}' is of something else: what its trials' values depend on has changed.", Hint);
        foreach (var parameter in next.Parameters)
        {
            var before = Parameters.FirstOrDefault(other => other.Name == parameter.Name);
            if (before is not null && before.GetType() != parameter.GetType())
                throw new TuningException(TuningException.StudyMismatch, $"In the study '{study}' the parameter '{parameter.Name}' is of another kind.", Hint);
        }
    }
}
