using Microsoft.Build.Framework;

namespace CompressTasks.MSBuild;

/// <summary>What the project wrote on an item.</summary>
static class ItemMetadata
{
    /// <summary>The metadata that have a value, in order of their names, without those that the targets keep for themselves.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Declared(ITaskItem item) =>
        from name in item.MetadataNames.Cast<string>()
        where item.CloneCustomMetadata().Contains(name) && !name.StartsWith("_", StringComparison.Ordinal)
        let value = item.GetMetadata(name)
        where value.Length > 0
        orderby name
        select new KeyValuePair<string, string>(name, value);
}
