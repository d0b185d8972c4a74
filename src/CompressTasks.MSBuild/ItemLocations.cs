using System.Xml;
using System.Xml.Linq;
using Microsoft.Build.Framework;

namespace CompressTasks.MSBuild;

/// <summary>
/// Where an item and its metadata are written. MSBuild tells a task the file only, so the file is read again and the element
/// that names the item is looked for; where none is found (an Include built from properties) the place is the file as a whole.
/// </summary>
sealed class ItemLocations
{
    const string ItemName = "CompressModel";

    readonly Dictionary<string, SourcePlace> metadata;

    ItemLocations(SourcePlace item, Dictionary<string, SourcePlace> metadata)
    {
        Item = item;
        this.metadata = metadata;
    }

    public SourcePlace Item { get; }

    /// <summary>The places of the metadata that could be found, by name.</summary>
    public IReadOnlyDictionary<string, SourcePlace> Metadata => metadata;

    public SourcePlace Of(string? name) => name != null && metadata.TryGetValue(name, out var place) ? place : Item;

    /// <summary>The name of the metadata that is written at a place, or null where the place is not one of a metadata.</summary>
    public string? NameAt(SourcePlace place) => metadata.Where(pair => pair.Value.Equals(place)).Select(pair => pair.Key).FirstOrDefault();

    public static ItemLocations Find(ITaskItem item, string projectFile)
    {
        var file = item.GetMetadata("DefiningProjectFullPath") is { Length: > 0 } defining ? defining : projectFile;
        var nothing = new ItemLocations(new SourcePlace(file, 0, 0), []);
        XDocument document;
        try
        {
            document = XDocument.Load(file, LoadOptions.SetLineInfo);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or XmlException)
        {
            return nothing;
        }

        var declarations = document.Descendants().Where(element => element.Name.LocalName == ItemName).ToList();
        var element = Declaration(declarations, item);
        if (element == null) return nothing;

        // A definition for all items first, then updates of this one, then the item itself: the later one wins, as in MSBuild.
        var places = new Dictionary<string, SourcePlace>(StringComparer.OrdinalIgnoreCase);
        var definitions = declarations.Where(candidate => candidate.Parent?.Name.LocalName == "ItemDefinitionGroup");
        var updates = declarations.Where(candidate => Names(candidate, "Update", item.ItemSpec));
        foreach (var source in definitions.Append(element).Concat(updates)) AddMetadata(places, source, file);
        return new ItemLocations(PlaceOf(element, file), places);
    }

    static XElement? Declaration(List<XElement> declarations, ITaskItem item)
    {
        var including = declarations.Where(candidate => candidate.Attribute("Include") != null).ToList();
        var exact = including.Where(candidate => Names(candidate, "Include", item.ItemSpec)).ToList();

        // The same model may be declared twice with other budgets; the declaration that has most of the item's metadata is its own.
        if (exact.Count > 0) return exact.OrderByDescending(candidate => CommonMetadata(candidate, item)).First();
        var patterns = including.Where(candidate => candidate.Attribute("Include")!.Value.IndexOfAny(['*', '?', '$', '@']) >= 0).ToList();
        return patterns.Count == 1 ? patterns[0] : null;
    }

    static bool Names(XElement element, string attribute, string identity) =>
        element.Attribute(attribute) is { } names && names.Value.Split(';').Any(name => Normalized(name) == Normalized(identity));

    static string Normalized(string path) => path.Trim().Replace('\\', '/');

    static int CommonMetadata(XElement element, ITaskItem item) =>
        element.Attributes().Count(attribute => item.GetMetadata(attribute.Name.LocalName) == attribute.Value)
        + element.Elements().Count(child => item.GetMetadata(child.Name.LocalName) == child.Value.Trim());

    static void AddMetadata(Dictionary<string, SourcePlace> places, XElement element, string file)
    {
        foreach (var attribute in element.Attributes())
        {
            IXmlLineInfo info = attribute;
            places[attribute.Name.LocalName] = new SourcePlace(file, info.LineNumber, info.LinePosition);
        }

        foreach (var child in element.Elements()) places[child.Name.LocalName] = PlaceOf(child, file);
    }

    /// <summary>XML readers point behind the angle bracket, MSBuild at it.</summary>
    static SourcePlace PlaceOf(XElement element, string file)
    {
        IXmlLineInfo info = element;
        return new SourcePlace(file, info.LineNumber, info.LinePosition - 1);
    }
}
