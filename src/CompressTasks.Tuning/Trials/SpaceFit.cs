namespace CompressTasks.Tuning;

/// <summary>Configurations of earlier spaces in the present one.</summary>
static class SpaceFit
{
    /// <summary>
    /// What a configuration is in a space: parameters that it lacks take their defaults, those that the space lacks or that do not exist under the others
    /// are left out. Null when a value lies outside its range and limits, a default is missing, or a known constraint is violated.
    /// </summary>
    public static Configuration? Adapt(SearchSpace space, Configuration configuration)
    {
        var values = new List<KeyValuePair<string, ParameterValue>>(space.Parameters.Length);
        foreach (var parameter in space.Parameters)
        {
            if (!SpaceRules.Exists(parameter, values))
                continue;
            if (configuration.TryGet(parameter.Name, out var value) ? !Axis.Of(parameter, extended: true).Holds(value) : parameter.Default is null)
                return null;
            values.Add(KeyValuePair.Create(parameter.Name, configuration.Contains(parameter.Name) ? value : parameter.Default!.Value));
        }

        var adapted = new Configuration(values);
        if (!space.Allows(adapted))
            return null;
        return adapted.Equals(configuration) ? configuration : adapted;
    }
}
