using System.CommandLine;
using System.CommandLine.Parsing;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CompressTasks.Tool.CommandLine;

/// <summary>Options whose value is one of an enumeration's names, spelt as recipes spell them (<c>one-cycle</c>).</summary>
static class Choice
{
    public static Option<T> Of<T>(string name, string description, T value)
        where T : struct, Enum => new(name)
        {
            Description = $"{description} {NameOf(value)} unless given.",
            HelpName = string.Join('|', Names<T>()),
            CustomParser = result => Read<T>(result, name) ?? value,
            // The parser above is not asked where the option is absent.
            DefaultValueFactory = _ => value,
        };

    /// <summary>The same with no value of its own where it is left out.</summary>
    public static Option<T?> OrNone<T>(string name, string description)
        where T : struct, Enum => new(name)
        {
            Description = description,
            HelpName = string.Join('|', Names<T>()),
            CustomParser = result => Read<T>(result, name),
        };

    /// <summary>Every name of the enumeration.</summary>
    public static IEnumerable<string> Names<T>()
        where T : struct, Enum => Enum.GetValues<T>().Select(NameOf);

    /// <returns>Null where the text is no name.</returns>
    public static T? Parse<T>(string text)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(NameOf(value), text, StringComparison.OrdinalIgnoreCase)) return value;
        }

        return null;
    }

    static T? Read<T>(ArgumentResult result, string option)
        where T : struct, Enum
    {
        var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
        if (Parse<T>(text) is { } value) return value;
        result.AddError($"'{text}' is no value of {option}; it is one of {string.Join(", ", Names<T>())}.");
        return null;
    }

    static string NameOf<T>(T value)
        where T : struct, Enum =>
        typeof(T).GetField(value.ToString())!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
            ?? JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
